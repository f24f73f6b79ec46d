// The scheduler: run queues per logical CPU, wake-up placement, preemption, switches, idle. CFS of Linux 4.4,
// with what 5.4 does otherwise as parameters (sched/tunables.h).
#pragma once

#include <memory>

#include "kernel-model/sched/interrupt.h"
#include "kernel-model/sched/thread.h"
#include "sim/time.h"

namespace isosim::kernel {

class HrTimers;

class Scheduler {
 public:
  explicit Scheduler(Kernel& kernel);
  ~Scheduler();

  // Makes a new thread runnable (wake_up_new_task). `parent` pays; null at boot. thread.body is set.
  void start(Thread& thread, Thread* parent);

  // schedule(): gives up the CPU until wake(). The caller has put the thread where a waker finds it and then
  // set its state to interruptible or uninterruptible. Returns at once if a wake() came since, or a signal
  // for an interruptible one. Returns with state running.
  void block(Thread& thread);

  // The same with a timeout (schedule_hrtimeout_range): wakes between `deadline` and `slack` later, by
  // default the thread's own slack. Returns false if the time was reached.
  bool block_until(Thread& thread, sim::Time deadline);
  bool block_until(Thread& thread, sim::Time deadline, sim::Time slack);

  // try_to_wake_up: from a thread, or from interrupt context (waker null). No effect on a thread that runs.
  // `sync`: the waker is about to sleep, so the woken thread may as well have its CPU.
  void wake(Thread& thread, Thread* waker, bool sync = false);

  void yield(Thread& thread);

  // The last call of a thread: its CPU goes to the next one.
  void exit(Thread& thread);

  // Return to user mode: lets a better thread run if one waits (need_resched).
  void preemption_point(Thread& thread) {
    if (thread.need_resched || thread.now() >= thread.next_tick) [[unlikely]]
      work(thread);
  }

  // User-mode computation of `span` at base frequency, preemptible by tick and wake-ups; returns early with
  // what is left if a signal came.
  sim::Time compute(Thread& thread, sim::Time span);

  // sched_exec(): a new program has nothing in the caches, so it may move to an idler CPU.
  void exec_balance(Thread& thread);

  // sched_setaffinity. Returns -EINVAL if the mask holds no CPU of the machine.
  std::int64_t set_affinity(Thread& thread, std::uint64_t mask, Thread& caller);
  [[nodiscard]] std::uint64_t online_mask() const;
  void set_nice(Thread& thread, int nice);

  // Raises an interrupt on `cpu` at the engine's now(): the handler runs in its context and takes the time
  // from what runs there, or wakes the CPU from idle. Handlers of one CPU run in the order in which they were
  // raised.
  void interrupt(int cpu, IrqHandler handler);

  // kick_process(): makes a thread that computes in user mode enter the kernel, to see its signals.
  void kick(Thread& thread);

  // Time on a CPU so far (CLOCK_THREAD_CPUTIME_ID).
  [[nodiscard]] sim::Time runtime(const Thread& thread) const;

  [[nodiscard]] HrTimers& timers();
  [[nodiscard]] sim::Time tick() const;  // 1 / CONFIG_HZ

 private:
  void work(Thread& thread);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isosim::kernel
