// The scheduler: run queues per logical CPU, wake-up placement, preemption, switches, idle.
#pragma once

#include <memory>

#include "kernel-model/sched/thread.h"
#include "sim/time.h"

namespace isosim::kernel {

class Scheduler {
 public:
  explicit Scheduler(Kernel& kernel);
  ~Scheduler();

  // Makes a new thread runnable (wake_up_new_task). `parent` pays; null at boot.
  void start(Thread& thread, Thread* parent);

  // schedule(): gives up the CPU until wake(). The caller has put the thread where a waker finds it and set its state.
  void block(Thread& thread);

  // The same with a timeout (schedule_hrtimeout). Returns false if the time was reached.
  bool block_until(Thread& thread, sim::Time deadline);

  // try_to_wake_up: from a thread, or from interrupt context (waker null). No effect on a thread that runs.
  void wake(Thread& thread, Thread* waker);

  void yield(Thread& thread);

  // The last call of a thread: its CPU goes to the next one.
  void exit(Thread& thread);

  // Return to user mode: lets a better thread run if one waits (need_resched).
  void preemption_point(Thread& thread);

  // User-mode computation, preemptible by tick and wake-ups; returns early with what is left if a signal came.
  sim::Time compute(Thread& thread, sim::Time span);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isosim::kernel
