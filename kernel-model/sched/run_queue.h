// The run queue of one logical CPU (struct rq with its cfs_rq).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "kernel-model/sched/frequency.h"
#include "kernel-model/sched/idle_state.h"
#include "kernel-model/sched/scheduler.h"
#include "kernel-model/sched/thread.h"
#include "kernel-model/sched/tunables.h"
#include "sim/engine.h"

namespace isosim::kernel {

struct Irq;

struct RunQueue {
  RunQueue(const cpu::MachineSpec& machine, const sim::Settings& settings, sim::Time tick)
      : governor(settings), frequency(machine, settings, tick) {}

  int cpu = 0;
  Thread* curr = nullptr;  // null: idle
  std::vector<Thread*>
      queue;  // waiting threads: real-time ones by rank, the others by vruntime, then by arrival
  sim::Time min_vruntime;
  std::uint64_t arrivals = 0;

  std::uint64_t switches = 0;  // threads that got the CPU

  // Work that waits for curr's next preemption point.
  bool resched = false;    // a better thread waits
  int interrupts_due = 0;  // reschedule interrupts that hit curr in user mode
  int interrupted = 0;     // how often interrupt context ran while curr had the CPU
  sim::Time stolen;        // time that interrupts took from curr and that it has not given up yet

  std::uint64_t active_space =
      0;  // Process::space_id of the page tables that are loaded; 0: none in particular

  // Idle. An idle CPU cannot be woken before idle_ready, when it has gone through the idle entry.
  sim::Time idle_since, idle_ready;
  sim::Time avg_idle;    // decaying average: newidle balancing is not worth a short idle period
  int idle_state = 0;    // that the governor asked for
  bool demoted = false;  // the core stays in C1 instead
  sim::Time residency = sim::Time::max();  // how long the last idle period was
  bool in_idle = true;                     // went through the idle entry and not yet out again
  bool tick_stopped = false;               // while idle
  bool idle_exit_due = false;              // the next thread that starts here pays the way out of idle
  sim::Time exit_latency;                  // and this much for the C-state
  bool pulled = false;                     // and the balancing that brought it here
  IdleGovernor governor;

  FrequencyGovernor frequency;
  std::int64_t khz = 0;  // at which it runs since `khz_since`; 0: it idles
  sim::Time khz_since;
  Scheduler::Use use;  // before

  // Interrupts.
  bool irq_busy = false;  // from the moment an interrupt is raised until its handler returned
  sim::Task* irq_task = nullptr;
  std::deque<std::function<void(Irq&)>> irq_queue;

  sim::Time tick_base;  // ticks up to here are accounted for

  [[nodiscard]] bool idle() const { return !curr && queue.empty(); }
  [[nodiscard]] std::size_t nr_running() const { return queue.size() + (curr ? 1 : 0); }
  [[nodiscard]] std::uint64_t load() const;  // sum of weights of fair threads, of 1024 a thread of nice 0
  [[nodiscard]] int highest_rank() const;    // of curr and what waits

  // update_curr(): accounts curr's time up to `now`.
  void update_curr(sim::Time now);

  // `first`: a real-time thread that was preempted goes on before its equals.
  void enqueue(Thread& thread, bool first = false);
  void dequeue(Thread& thread);
  Thread* pick(const SchedTunables& tunables,
               const Thread* skip);  // takes it out of the queue; null if empty

  // place_entity(): where a new or woken thread starts in virtual time. Its vruntime is relative to no queue
  // before.
  void place_new(Thread& thread, const SchedTunables& tunables) const;
  void place_woken(Thread& thread, const SchedTunables& tunables) const;

  // The time that `thread` may run before the next one is due (sched_slice).
  [[nodiscard]] sim::Time slice(const Thread& thread, const SchedTunables& tunables) const;

  // check_preempt_wakeup(), check_preempt_tick(): whether curr must give way. curr is up to date.
  [[nodiscard]] bool preempted_by(const Thread& woken, const SchedTunables& tunables) const;
  [[nodiscard]] bool tick_preempts(const SchedTunables& tunables) const;

 private:
  void update_min_vruntime();
};

// A thread's vruntime when it leaves one queue for another: kept relative to the queue's clock.
void detach_vruntime(Thread& thread, const RunQueue& from);
void attach_vruntime(Thread& thread, const RunQueue& to);

}  // namespace isosim::kernel
