#include "models/sentry/notifier.h"

#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Sys;

namespace {
using namespace kernel::poll_bit;
constexpr std::uint32_t kEvents = in | pri | out | err | hup | rdhup;
}  // namespace

Notifier::Notifier(go::Runtime& runtime)
    : runtime_(runtime),
      update_(runtime.host.catalogue.find("sentry.notifier.update")),
      notify_(runtime.host.catalogue.find("sentry.notifier.notify")) {}

void Notifier::add(go::G& g, std::int32_t fd, kernel::WaitQueue& queue, kernel::Kernel& sentry) {
  if (epoll_ < 0) {
    Sys sys;
    sys.nr = nr::epoll_create1;
    epoll_ = g.call(sys);
    if (epoll_ < 0) throw std::runtime_error("the Sentry cannot watch descriptors of the host");
    g.runtime.start(g, "fdnotifier", [this](go::G& own) { wait_and_notify(own); });
  }
  files_[fd] = {&queue, &sentry};
}

void Notifier::update(go::G& g, std::int32_t fd) {
  g.charge(update_);
  mutex_.lock(g);
  if (const auto found = files_.find(fd); found != files_.end())
    watch(g, fd, found->second, found->second.queue->events() & kEvents);
  mutex_.unlock(g);
}

void Notifier::remove(go::G& g, std::int32_t fd) {
  g.charge(update_);
  mutex_.lock(g);
  if (const auto found = files_.find(fd); found != files_.end()) {
    watch(g, fd, found->second, 0);
    files_.erase(found);
  }
  mutex_.unlock(g);
}

// waitFD: what is watched for already is set again, too.
void Notifier::watch(go::G& g, std::int32_t fd, Watched& watched, std::uint32_t events) {
  enum : std::uint64_t { kAdd = 1, kDelete = 2, kModify = 3 };
  if (!watched.waiting && events == 0) return;
  Sys sys;
  sys.nr = nr::epoll_ctl;
  const std::uint64_t operation = !watched.waiting ? kAdd : events == 0 ? kDelete : kModify;
  sys.arg = {static_cast<std::uint64_t>(epoll_), operation, static_cast<std::uint64_t>(fd), buffer_};
  if (operation != kDelete)
    sys.at[3] = kernel::EpollEvent{events | kernel::poll_bit::edge, static_cast<std::uint64_t>(fd)};
  const std::int64_t result = g.call(sys);
  if (operation == kDelete || result == 0) watched.waiting = operation != kDelete;
}

void Notifier::wait_and_notify(go::G& g) {
  constexpr std::uint64_t kMostEvents = 100, kForever = ~std::uint64_t{0};
  for (;;) {
    Sys sys;
    sys.nr = nr::epoll_pwait;
    sys.arg = {static_cast<std::uint64_t>(epoll_), buffer_, kMostEvents, kForever};
    const std::int64_t count = g.call(sys);
    if (count == -kernel::EINTR_) continue;
    if (count < 0) return;
    mutex_.lock(g);
    for (const kernel::EpollEvent& event : sys.out.events) {
      g.charge(notify_);
      const auto found = files_.find(static_cast<std::int32_t>(event.data));
      if (found == files_.end()) continue;
      found->second.queue->wake(*found->second.sentry, nullptr, kernel::WaitQueue::all, event.events);
    }
    mutex_.unlock(g);
  }
}

}  // namespace isosim::models
