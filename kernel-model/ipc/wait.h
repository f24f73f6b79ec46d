// Waiting for a condition as the kernel's wait_event_interruptible() does.
#pragma once

#include "kernel-model/kernel.h"
#include "kernel-model/sched/wait_queue.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

// Sleeps on `queue` until `done()`; 0, -ERESTARTSYS on a signal, -EAGAIN at `deadline`. Nothing is charged
// between the test and the sleep, so no wake-up is lost.
template <class Done>
std::int64_t wait_interruptible(Kernel& k, Thread& t, WaitQueue& queue, std::uint32_t events, bool exclusive,
                                Done done, sim::Time deadline = sim::Time::max()) {
  while (!done()) {
    if (signal_pending(t)) return -ERESTARTSYS_;
    if (t.now() >= deadline) return -EAGAIN_;
    queue.sleep(k, t, RunState::interruptible, events, exclusive, deadline);
  }
  return 0;
}

}  // namespace isosim::kernel
