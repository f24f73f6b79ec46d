// What a kernel's threads sleep on, wake and run by. Linux's is CfsScheduler (cfs.h); a kernel that lives in
// a process of another one has that process's own (Go's, for the Sentry).
#pragma once

#include <memory>

#include "kernel-model/sched/interrupt.h"
#include "kernel-model/sched/thread.h"
#include "sim/time.h"

namespace isosim::kernel {

class HrTimers;

class Scheduler {
 public:
  virtual ~Scheduler() = default;

  // Makes a new thread runnable (wake_up_new_task). `parent` pays; null at boot. thread.body is set.
  virtual void start(Thread& thread, Thread* parent) = 0;

  // schedule(): gives up the CPU until wake(). The caller has put the thread where a waker finds it and then
  // set its state to interruptible or uninterruptible. Returns at once if a wake() came since, or a signal
  // for an interruptible one. Returns with state running.
  virtual void block(Thread& thread) = 0;

  // The same with a timeout (schedule_hrtimeout_range): wakes between `deadline` and `slack` later, by
  // default the thread's own slack; sim::Time::max() is no timeout. Returns false if the time was reached.
  bool block_until(Thread& thread, sim::Time deadline);
  bool block_until(Thread& thread, sim::Time deadline, sim::Time slack);

  // try_to_wake_up: from a thread, or from interrupt context (waker null). No effect on a thread that runs.
  // `sync`: the waker is about to sleep, so the woken thread may as well have its CPU.
  virtual void wake(Thread& thread, Thread* waker, bool sync = false) = 0;

  virtual void yield(Thread& thread) = 0;

  // The last call of a thread: its CPU goes to the next one.
  virtual void exit(Thread& thread) = 0;

  // Return to user mode: lets a better thread run if one waits (need_resched).
  void preemption_point(Thread& thread) {
    if (thread.need_resched || thread.now() >= thread.next_tick) [[unlikely]]
      work(thread);
  }

  // User-mode computation of `span` at base frequency, preemptible by tick and wake-ups; returns early with
  // what is left if a signal came.
  virtual sim::Time compute(Thread& thread, sim::Time span) = 0;

  // sched_exec(): a new program has nothing in the caches, so it may move to an idler CPU.
  virtual void exec_balance(Thread& thread) = 0;

  // sched_setaffinity. Returns -EINVAL if the mask holds no CPU of the machine.
  virtual std::int64_t set_affinity(Thread& thread, std::uint64_t mask, Thread& caller) = 0;
  [[nodiscard]] virtual std::uint64_t online_mask() const = 0;
  virtual void set_nice(Thread& thread, int nice) = 0;
  // Its policy or priority is another one now; `caller` pays for who is interrupted.
  virtual void policy_changed(Thread& thread, Thread& caller) { (void)thread, (void)caller; }

  // Raises an interrupt on `cpu` at the engine's now(): the handler runs in its context and takes the time
  // from what runs there, or wakes the CPU from idle. Handlers of one CPU run in the order in which they were
  // raised.
  virtual void interrupt(int cpu, IrqHandler handler) = 0;

  // kick_process(): makes a thread that computes in user mode, or runs a guest, enter the kernel, to see its
  // signals.
  virtual void kick(Thread& thread) = 0;

  // A user-level switch: `thread`, which runs, goes on as `task` (a goroutine's), which is suspended or new.
  // The caller's own task suspends next, until it is adopted again.
  virtual void adopt(Thread& thread, sim::Task& task) = 0;

  // What a run is about begins: unless cpufreq.idle_before is set, on CPUs that ask for the highest
  // frequency.
  virtual void program_begins() {}

  // What all CPUs did so far: time out of idle, and the cycles that they ran in it.
  struct Use {
    sim::Time busy;
    std::int64_t cycles = 0;
    friend Use operator-(const Use& a, const Use& b) { return {a.busy - b.busy, a.cycles - b.cycles}; }
  };
  [[nodiscard]] virtual Use use() const { return {}; }

  // Time on a CPU so far (CLOCK_THREAD_CPUTIME_ID).
  [[nodiscard]] virtual sim::Time runtime(const Thread& thread) const = 0;

  [[nodiscard]] virtual HrTimers& timers() = 0;
  [[nodiscard]] virtual sim::Time tick() const = 0;  // 1 / CONFIG_HZ

 protected:
  // What a thread owes at its preemption point: ticks, interrupts, a better thread.
  virtual void work(Thread& thread) = 0;
};

}  // namespace isosim::kernel
