// The inside of the scheduler, shared by its source files.
#pragma once

#include <deque>
#include <vector>

#include "kernel-model/kernel.h"
#include "kernel-model/sched/cfs.h"
#include "kernel-model/sched/placement.h"
#include "kernel-model/sched/run_queue.h"
#include "kernel-model/sched/topology.h"
#include "kernel-model/sched/tunables.h"
#include "kernel-model/time/hrtimer.h"

namespace isosim::kernel {

struct SchedPaths {
  explicit SchedPaths(const Kernel& k);
  sim::PathId schedule, schedule_idle, context_switch, ttwu, ttwu_remote, wake_new, yield, tick,
      scheduler_ipi, idle_enter, idle_exit, tick_stop, tick_restart, cstate_exit, pstate_sample, newidle,
      rebalance, migrate, user;
};

struct CfsScheduler::Impl {
  Impl(Kernel& kernel, CfsScheduler& scheduler);

  // The timer tick of a CPU with more than one thread. With one, ticks are charged when they are noticed
  // (work()).
  struct Tick final : sim::Event {
    Impl* owner = nullptr;
    RunQueue* rq = nullptr;
    void fire(sim::Time now) override { owner->tick(*rq, now); }
  };

  RunQueue& rq(int cpu) { return rqs[static_cast<std::size_t>(cpu)]; }
  RunQueue& rq_of(const Thread& t) { return rq(t.cpu); }

  // Giving a CPU to a thread: claim() makes it curr, launch() lets its task go on at `at`.
  void claim(RunQueue& rq, Thread& t, sim::Time at);
  void place(sim::Task& task, int cpu, sim::Time at);
  void launch(Thread& t, sim::Time at);
  // Both for a CPU that idles; `payer` (may be null) runs on CPU `here` and sends what wakes it. Returns the
  // time at which the CPU is awake; it launches nothing if the thread's own task asks.
  sim::Time claim_idle(RunQueue& rq, Thread& t, sim::Task* payer, int here);
  void finish_switch(Thread& t);  // what a thread does first after it got the CPU
  void wait_for_cpu(Thread& t);
  void leave(RunQueue& rq, Thread& t);  // curr gives up the CPU; the next one is not chosen yet
  void next_or_idle(RunQueue& rq, sim::Time now);

  void activate(Thread& t, int cpu, sim::Task* payer, int here);
  void resched(RunQueue& rq, sim::Task* payer, int here);
  void preempt(Thread& t, const Thread* skip);
  void migrate(Thread& t, int cpu);
  void move_to(Thread& t, int cpu);
  void settle(Thread& t);  // gives up the time that interrupts took
  void take_ticks(Thread& t, bool user);
  void work(Thread& t);

  // SCHED_FIFO and SCHED_RR (real_time.cc).
  bool real_time_used = false;  // by any thread so far
  void pull_real_time(RunQueue& to);
  bool push_real_time(Thread& t);

  // Idle (idle.cc).
  void enter_idle(RunQueue& rq, sim::Time now);
  sim::Time leave_idle(RunQueue& rq, sim::Time now);  // returns the C-state's exit latency
  void recount_active(int core);
  const sim::CostTable& costs(int cpu) { return k.cpu.costs(khz(cpu)); }

  // Frequency (frequency.h has the governor).
  std::int64_t khz(int cpu);  // that the CPU's core runs at
  // `ticked`: whom the tick hits that looks; null: the CPU comes out of idle.
  void apply_frequency(int core, sim::Time at);  // to what runs there
  void count_cycles(RunQueue& rq, sim::Time now);
  void sample_frequency(RunQueue& rq, sim::Time at, Thread* ticked);

  // Interrupts (interrupt.cc).
  void irq_main(RunQueue& rq);
  RunQueue* in_interrupt();  // the CPU whose interrupt context runs, or null

  // Balancing (balance.cc).
  // A computation in user mode has to be interrupted for them: CPU timers, a frequency that moves.
  bool ticks_matter(const RunQueue& rq);
  void tick(RunQueue& rq, sim::Time now);
  void arm_tick(RunQueue& rq, sim::Time now);
  Thread* pull(RunQueue& to, sim::Time now);
  void push_out(RunQueue& from);

  Kernel& k;
  Topology topology;
  SchedTunables tunables;
  std::vector<IdleState> states;
  sim::Time demotion;  // see demotion_residency()
  std::deque<RunQueue> rqs;
  std::deque<Tick> ticks;
  Placement placement;
  SchedPaths paths;
  HrTimers timers;
  std::vector<bool> core_awake;
  std::vector<int> active;  // cores of a socket that are awake
  bool user_ticks = false;  // the ticks that work() finds next hit user mode
};

}  // namespace isosim::kernel
