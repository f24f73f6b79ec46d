#include "kernel-model/sched/scheduler.h"

#include <algorithm>

#include "kernel-model/sched/real_time.h"
#include "kernel-model/sched/scheduler_impl.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

SchedPaths::SchedPaths(const Kernel& k)
    : schedule(k.path("sched.schedule")),
      schedule_idle(k.path("sched.schedule_idle")),
      context_switch(k.path("sched.context_switch")),
      ttwu(k.path("sched.ttwu")),
      ttwu_remote(k.path("sched.ttwu_remote")),
      wake_new(k.path("sched.wake_up_new_task")),
      yield(k.path("sched.yield")),
      tick(k.path("sched.tick")),
      scheduler_ipi(k.path("sched.scheduler_ipi")),
      idle_enter(k.path("sched.idle_enter")),
      idle_exit(k.path("sched.idle_exit")),
      tick_stop(k.path("sched.tick_stop")),
      tick_restart(k.path("sched.tick_restart")),
      cstate_exit(k.path("sched.cstate_exit")),
      pstate_sample(k.path("sched.pstate_sample")),
      newidle(k.path("sched.newidle_balance")),
      rebalance(k.path("sched.rebalance")),
      migrate(k.path("sched.migrate")),
      user(k.path("user.compute")) {}

CfsScheduler::Impl::Impl(Kernel& kernel, CfsScheduler& scheduler)
    : k(kernel),
      topology(kernel.cpu.spec()),
      tunables(kernel.settings, topology.cpus()),
      states(idle_states(kernel.settings)),
      demotion(demotion_residency(kernel.settings)),
      placement(topology, tunables, rqs),
      paths(kernel),
      timers(kernel, scheduler, topology.cpus()),
      core_awake(static_cast<std::size_t>(topology.cores()), false),
      active(static_cast<std::size_t>(topology.sockets), 0) {
  for (int cpu = 0; cpu < topology.cpus(); ++cpu) {
    RunQueue& queue = rqs.emplace_back(k.cpu.spec(), k.settings, tunables.tick);
    queue.cpu = cpu;
    queue.idle_state = static_cast<int>(states.size()) - 1;  // idle since long ago
    queue.avg_idle = tunables.migration_cost * 2;
    Tick& event = ticks.emplace_back();
    event.owner = this;
    event.rq = &queue;
  }
}

CfsScheduler::CfsScheduler(Kernel& kernel) : impl_(std::make_unique<Impl>(kernel, *this)) {}
CfsScheduler::~CfsScheduler() = default;

HrTimers& CfsScheduler::timers() { return impl_->timers; }
sim::Time CfsScheduler::tick() const { return impl_->tunables.tick; }

int CfsScheduler::cpus() const { return impl_->topology.cpus(); }

CfsScheduler::Activity CfsScheduler::activity(int cpu) const {
  const RunQueue& rq = impl_->rqs[static_cast<std::size_t>(cpu)];
  return {rq.curr == nullptr, rq.curr && rq.curr->se.in_user, rq.switches};
}

void CfsScheduler::work(Thread& thread) { impl_->work(thread); }

void CfsScheduler::start(Thread& t, Thread* parent) {
  Impl& s = *impl_;
  if (parent) parent->charge(s.paths.wake_new);
  const int here = parent ? parent->cpu : 0;
  t.state = RunState::runnable;
  t.cpu = here;
  t.cpu = rank(t) > 0 ? s.placement.real_time(t, here) : s.placement.idlest(t, here);
  RunQueue& rq = s.rq_of(t);
  rq.update_curr(s.k.engine.now());
  rq.place_new(t, s.tunables);
  s.activate(t, t.cpu, parent ? parent->task : nullptr, here);
}

void CfsScheduler::block(Thread& t) {
  Impl& s = *impl_;
  s.take_ticks(t, false);
  t.charge(s.paths.schedule);
  s.settle(t);
  if (t.state == RunState::interruptible && signal_pending(t)) t.state = RunState::running;
  if (t.state == RunState::running) return;
  ++t.se.voluntary_switches;
  RunQueue& rq = s.rq_of(t);
  s.leave(rq, t);
  s.next_or_idle(rq, t.now());
  s.wait_for_cpu(t);
}

void CfsScheduler::wake(Thread& t, Thread* waker, bool sync) {
  Impl& s = *impl_;
  if (t.state != RunState::interruptible && t.state != RunState::uninterruptible) return;
  RunQueue* irq = waker ? nullptr : s.in_interrupt();
  if (!waker && !irq) {  // an event without a context of its own: it interrupts the thread's CPU
    interrupt(std::max(t.cpu, 0), [this, &t](Irq&) { wake(t, nullptr); });
    return;
  }
  sim::Task& payer = waker ? *waker->task : *irq->irq_task;
  const int here = waker ? waker->cpu : irq->cpu;
  if (t.se.on_cpu) {  // has not got to block() yet
    t.state = RunState::running;
    payer.charge(s.paths.ttwu_remote);
    return;
  }
  t.state = RunState::runnable;  // claimed: a second waker has nothing to do
  payer.charge(s.paths.ttwu);
  const int cpu = s.placement.wake(t, waker, here, sync);
  const sim::Time now = payer.now();
  if (sim::Observer* observer = s.k.engine.observer(); observer && t.task)
    observer->on_wake(*t.task, payer, now);
  RunQueue& rq = s.rq(cpu);
  rq.update_curr(now);
  if (cpu != t.cpu) {
    detach_vruntime(t, s.rq_of(t));
    attach_vruntime(t, rq);
  }
  rq.place_woken(t, s.tunables);
  s.activate(t, cpu, &payer, here);
}

void CfsScheduler::yield(Thread& t) {
  Impl& s = *impl_;
  t.charge(s.paths.yield);
  s.settle(t);
  s.preempt(t, &t);
}

void CfsScheduler::exit(Thread& t) {
  Impl& s = *impl_;
  t.charge(s.paths.schedule);
  s.settle(t);
  RunQueue& rq = s.rq_of(t);
  s.leave(rq, t);
  t.state = RunState::dead;
  s.next_or_idle(rq, t.now());
}

void CfsScheduler::exec_balance(Thread& t) {
  Impl& s = *impl_;
  if (rank(t) > 0 || (s.rq_of(t).nr_running() <= 1 && s.topology.cpus() == 1)) return;
  const int cpu = s.placement.idlest(t, t.cpu);
  if (cpu != t.cpu && s.rq(cpu).idle()) s.migrate(t, cpu);
}

std::uint64_t CfsScheduler::online_mask() const {
  const int cpus = impl_->topology.cpus();
  return cpus >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << cpus) - 1;
}

std::int64_t CfsScheduler::set_affinity(Thread& t, std::uint64_t mask, Thread& caller) {
  Impl& s = *impl_;
  if ((mask & online_mask()) == 0) return -EINVAL_;
  t.affinity = mask & online_mask();
  if (t.cpu < 0 || Placement::allowed(t, t.cpu)) return 0;
  const int cpu = s.placement.idlest(t, t.cpu);
  if (&t == &caller) {
    s.migrate(t, cpu);
  } else if (t.state == RunState::runnable && !t.se.on_cpu) {
    RunQueue& from = s.rq_of(t);
    from.dequeue(t);
    detach_vruntime(t, from);
    attach_vruntime(t, s.rq(cpu));
    s.activate(t, cpu, caller.task, caller.cpu);
  } else if (t.se.on_cpu) {
    t.need_resched = true;  // moves itself at its next preemption point
    kick(t);
  }
  return 0;
}

void CfsScheduler::set_nice(Thread& t, int nice) {
  // sched_prio_to_weight, kernel/sched/core.c: 10 % of CPU time a step, so 1.25 a weight.
  static constexpr std::uint32_t weights[40] = {
      88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
      3906,  3121,  2501,  1991,  1586,  1277,  1024,  820,   655,   526,   423,  335,  272,  215,
      172,   137,   110,   87,    70,    56,    45,    36,    29,    23,    18,   15};
  t.se.nice = std::clamp(nice, -20, 19);
  constexpr std::uint32_t kIdleWeight = 3;  // WEIGHT_IDLEPRIO
  t.se.weight = t.attributes.policy == sched_policy::idle ? kIdleWeight : weights[t.se.nice + 20];
}

void CfsScheduler::kick(Thread& t) {
  if (!(t.se.in_user || (t.guest && t.se.on_cpu)) || !t.task) return;
  const sim::Time now = impl_->k.engine.now();
  ++impl_->rq_of(t).interrupts_due;
  t.need_resched = true;
  if (t.se.in_user) impl_->k.engine.wake(*t.task, now + impl_->k.cpu.ipi_latency());
}

void CfsScheduler::adopt(Thread& t, sim::Task& task) {
  const sim::Time now = t.now();
  t.task = &task;
  impl_->place(task, t.cpu, now);
  impl_->k.engine.wake(task, now);
}

sim::Time CfsScheduler::runtime(const Thread& t) const {
  const sim::Time now = impl_->k.engine.now();
  return t.se.sum_exec + (t.se.on_cpu && now > t.se.exec_start ? now - t.se.exec_start : sim::Time{});
}

}  // namespace isosim::kernel
