// A thread that waits for what others do (struct completion, include/linux/completion.h).
#pragma once

#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

// Shared with who completes it: the waiter may be gone while that still wakes.
struct Completion {
  int outstanding = 1;
  WaitQueue queue;

  [[nodiscard]] bool done() const { return outstanding == 0; }

  // `by` pays for the wake-up; null: interrupt context.
  void complete(Kernel& kernel, Thread* by) {
    if (--outstanding == 0) queue.wake(kernel, by);
  }

  void wait(Kernel& kernel, Thread& thread) {
    queue.wait_event(kernel, thread, [this] { return done(); });
  }
};

}  // namespace isosim::kernel
