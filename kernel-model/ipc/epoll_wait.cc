#include <algorithm>

#include "kernel-model/ipc/epoll.h"
#include "kernel-model/ipc/held_file.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/wait.h"

namespace isosim::kernel {

namespace {
constexpr std::uint32_t kWanted = ~(poll_bit::oneshot | poll_bit::edge | poll_bit::exclusive | (1u << 29));
}

bool EpollFile::watches(const File& file, std::int32_t fd, const EpollItem& item) {
  const auto at = find(file, fd);
  return at != items_.end() && at->get() == &item;
}

// ep_send_events(): asks each file of the ready list again, since what was announced may be gone.
std::int64_t EpollFile::send_events(Kernel& k, Thread& t, std::size_t max_events,
                                    std::vector<EpollEvent>& out) {
  std::size_t left = ready_.size();
  std::int64_t sent = 0;
  while (left-- > 0 && !ready_.empty() && out.size() < max_events) {
    EpollItem& item = *ready_.front();
    ready_.pop_front();
    item.ready = false;
    if (!item.file) continue;  // its last reference went without put_file()
    const HeldFile held(t, item.file);
    const std::int32_t fd = item.fd;
    const std::uint32_t now = held->poll(t);
    if (!watches(*held, fd, item)) continue;  // closed or deleted while it was polled
    const std::uint32_t events = now & item.events & kWanted;
    if (events == 0) continue;
    t.charge(k.ipc->paths.epoll_event);
    if (!watches(*held, fd, item)) continue;
    out.push_back({events, item.data});
    ++sent;
    if (item.events & poll_bit::oneshot) {
      item.events &= ~kWanted;
    } else if (!(item.events & poll_bit::edge) && !item.ready) {
      item.ready = true;  // level-triggered: stays until a later wait finds it not ready
      ready_.push_back(&item);
    }
  }
  return sent;
}

// ep_poll()
std::int64_t EpollFile::wait(Kernel& k, Thread& t, std::size_t max_events, sim::Time deadline,
                             std::vector<EpollEvent>& out) {
  const Ref<EpollFile> held(this);
  t.charge(k.ipc->paths.epoll_wait);
  out.clear();
  for (;;) {
    if (ready_.empty() && t.now() < deadline) {
      t.charge(k.ipc->paths.wait_sleep);
      const std::int64_t error = wait_interruptible(
          k, t, waiters_, WaitQueue::any, true, [&] { return !ready_.empty(); }, deadline);
      if (error == -ERESTARTSYS_) return -EINTR_;
    }
    if (const std::int64_t sent = send_events(k, t, max_events, out)) return sent;
    if (t.now() >= deadline) return 0;
  }
}

std::uint32_t EpollFile::poll(Thread& t) {
  const Ref<EpollFile> held(this);
  for (std::size_t left = ready_.size(); left > 0 && !ready_.empty(); --left) {
    EpollItem& item = *ready_.front();
    if (!item.file) {
      item.ready = false;
      ready_.pop_front();
      continue;
    }
    const HeldFile file(t, item.file);
    if (file->poll(t) & item.events & kWanted) return poll_bit::readable;
    if (ready_.empty() || ready_.front() != &item) continue;
    item.ready = false;
    ready_.pop_front();
  }
  return 0;
}

}  // namespace isosim::kernel
