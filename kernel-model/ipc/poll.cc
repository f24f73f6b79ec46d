// poll(2), ppoll(2), select(2), pselect6(2): fs/select.c.
#include "kernel-model/ipc/poll.h"

#include <algorithm>
#include <optional>

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/poll_waiter.h"
#include "kernel-model/ipc/wait.h"

namespace isosim::kernel {

namespace {

constexpr std::uint32_t kInvalid = 0x020;  // POLLNVAL

// do_pollfd(): what `fd` is ready for. Watches it while `waiter` is given.
std::uint32_t poll_one(Thread& t, std::int32_t fd, std::uint32_t events, PollWaiter* waiter,
                       sim::PathId path) {
  t.charge(path);
  const HeldFile file(t, fd);
  if (!file) return kInvalid;
  if (waiter) waiter->watch(*file, events);
  return file->poll(t) & (events | poll_bit::err | poll_bit::hup);
}

// Looks with `scan` until it finds something, `deadline`, or a signal. It puts the thread into the queues of
// files only at the first look, which gets a waiter for that.
template <class Scan>
std::int64_t look_and_sleep(Kernel& k, Thread& t, sim::Time deadline, Scan scan) {
  PollWaiter waiter(t);
  PollWaiter* watch = t.now() < deadline ? &waiter : nullptr;
  for (;;) {
    if (const std::int64_t found = scan(watch); found > 0) return found;
    if (t.now() >= deadline) return 0;
    if (signal_pending(t)) return -EINTR_;
    watch = nullptr;
    t.charge(k.ipc->paths.wait_sleep);
    waiter.sleep(k, deadline);
  }
}

}  // namespace

// do_poll(): asks every file, and sleeps and asks again as long as none is ready.
std::int64_t do_poll(Kernel& k, Thread& t, std::span<const PollFd> fds, sim::Time deadline,
                     std::vector<PollFd>& out) {
  t.charge(k.ipc->paths.poll_call);
  out.clear();
  if (fds.size() > t.process->files->limit) return -EINVAL_;
  return look_and_sleep(k, t, deadline, [&](PollWaiter* watch) {
    for (const PollFd& wanted : fds) {
      if (wanted.fd < 0) continue;
      const std::uint32_t ready =
          poll_one(t, wanted.fd, wanted.events, out.empty() ? watch : nullptr, k.ipc->paths.poll_fd);
      if (ready != 0) out.push_back({wanted.fd, wanted.events, static_cast<std::uint16_t>(ready)});
    }
    return static_cast<std::int64_t>(out.size());
  });
}

namespace {

constexpr std::uint32_t kSelectRead = poll_bit::readable | poll_bit::hup | poll_bit::err;
constexpr std::uint32_t kSelectWrite = poll_bit::writable | poll_bit::err;
constexpr std::uint32_t kSelectExcept = poll_bit::pri;

bool contains(const std::vector<std::int32_t>& set, std::int32_t fd) {
  return std::find(set.begin(), set.end(), fd) != set.end();
}

// The union of the three sets by descriptor, each with what it is in.
std::vector<PollFd> merge(const FdSets& sets) {
  std::vector<PollFd> all;
  for (const auto* set : {&sets.read, &sets.write, &sets.except}) {
    for (const std::int32_t fd : *set) all.push_back({fd, 0, 0});
  }
  std::sort(all.begin(), all.end(), [](const PollFd& a, const PollFd& b) { return a.fd < b.fd; });
  all.erase(
      std::unique(all.begin(), all.end(), [](const PollFd& a, const PollFd& b) { return a.fd == b.fd; }),
      all.end());
  for (PollFd& entry : all) {
    if (contains(sets.read, entry.fd)) entry.events |= poll_bit::in;
    if (contains(sets.write, entry.fd)) entry.events |= poll_bit::out;
    if (contains(sets.except, entry.fd)) entry.events |= poll_bit::pri;
  }
  return all;
}

}  // namespace

// do_select(): the result counts bits, so a descriptor in two sets counts twice.
std::int64_t do_select(Kernel& k, Thread& t, const FdSets& sets, sim::Time deadline,
                       std::vector<PollFd>& out) {
  t.charge(k.ipc->paths.select_call);
  out.clear();
  const std::vector<PollFd> wanted = merge(sets);
  for (const PollFd& entry : wanted) {
    if (!t.process->files->get(entry.fd)) return -EBADF_;
  }
  return look_and_sleep(k, t, deadline, [&](PollWaiter* watch) {
    std::int64_t bits = 0;
    for (const PollFd& entry : wanted) {
      const std::uint32_t interest = (entry.events & poll_bit::in ? kSelectRead : 0) |
                                     (entry.events & poll_bit::out ? kSelectWrite : 0) |
                                     (entry.events & poll_bit::pri ? kSelectExcept : 0);
      const std::uint32_t ready =
          poll_one(t, entry.fd, interest, bits == 0 ? watch : nullptr, k.ipc->paths.select_fd);
      PollFd result{entry.fd, entry.events, 0};
      if ((entry.events & poll_bit::in) && (ready & kSelectRead)) result.revents |= poll_bit::in, ++bits;
      if ((entry.events & poll_bit::out) && (ready & kSelectWrite)) result.revents |= poll_bit::out, ++bits;
      if ((entry.events & poll_bit::pri) && (ready & kSelectExcept)) result.revents |= poll_bit::pri, ++bits;
      if (result.revents != 0) out.push_back(result);
    }
    return bits;
  });
}

}  // namespace isosim::kernel
