#include "kernel-model/sched/wait_queue.h"

#include <algorithm>

#include "kernel-model/kernel.h"

namespace isosim::kernel {

void WaitQueue::add(Thread& thread, std::uint32_t events, bool exclusive) {
  entries_.push_back({&thread, nullptr, next_sequence_++, events, exclusive});
}

void WaitQueue::add(WakeListener& listener, std::uint32_t events, bool exclusive) {
  entries_.push_back({nullptr, &listener, next_sequence_++, events, exclusive});
}

void WaitQueue::change(const WakeListener& listener, std::uint32_t events) {
  for (Entry& entry : entries_)
    if (entry.listener == &listener) entry.events = events;
}

void WaitQueue::remove(Thread& thread) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.thread == &thread; });
}

void WaitQueue::remove(WakeListener& listener) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.listener == &listener; });
}

std::uint32_t WaitQueue::events() const {
  std::uint32_t wanted = 0;
  for (const Entry& entry : entries_) wanted |= entry.events;
  return wanted;
}

void WaitQueue::sleep(Kernel& kernel, Thread& thread, RunState state, std::uint32_t events, bool exclusive,
                      sim::Time deadline) {
  add(thread, events, exclusive);
  thread.state = state;
  kernel.sched->block_until(thread, deadline);
  remove(thread);
}

// Waking charges the waker, other tasks run meanwhile and change the queue: so the walk keeps a sequence
// number instead of a position, and ends at what was the tail when it began.
void WaitQueue::wake(Kernel& kernel, Thread* waker, int count, std::uint32_t events) {
  const std::uint64_t end = next_sequence_;
  std::uint64_t last = 0;
  while (count > 0) {
    const auto at =
        std::find_if(std::upper_bound(entries_.begin(), entries_.end(), last,
                                      [](std::uint64_t s, const Entry& e) { return s < e.sequence; }),
                     entries_.end(), [&](const Entry& e) { return (e.events & events) != 0; });
    if (at == entries_.end() || at->sequence >= end) return;
    const Entry entry = *at;
    last = entry.sequence;
    bool taken = true;
    if (entry.thread) {
      entries_.erase(at);
      kernel.sched->wake(*entry.thread, waker);
    } else {
      taken = entry.listener->on_wake(kernel, waker, events);
    }
    if (taken && entry.exclusive) --count;
  }
}

}  // namespace isosim::kernel
