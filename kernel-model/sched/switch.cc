// Giving a CPU to a thread and taking it away (__schedule, context_switch, finish_task_switch, resched_curr).
#include <algorithm>
#include <utility>

#include "kernel-model/process/exit.h"
#include "kernel-model/sched/guest_mode.h"
#include "kernel-model/sched/real_time.h"
#include "kernel-model/sched/scheduler_impl.h"
#include "kernel-model/time/process_timers.h"

namespace isosim::kernel {

void CfsScheduler::Impl::claim(RunQueue& rq, Thread& t, sim::Time at) {
  rq.curr = &t;
  ++rq.switches;
  rq.resched = false;
  rq.interrupts_due = 0;
  rq.interrupted = 0;
  rq.stolen = {};
  t.cpu = rq.cpu;
  t.state = RunState::running;
  t.se.on_cpu = true;
  t.se.exec_start = at;
  t.se.sum_exec_at_pick = t.se.sum_exec;
  t.need_resched = !Placement::allowed(t, rq.cpu);
  if (rq.tick_base <= at) rq.tick_base = {(at.ps / tunables.tick.ps + 1) * tunables.tick.ps};
  t.next_tick = rq.tick_base;
  if (!rq.queue.empty()) arm_tick(rq, at);
}

void CfsScheduler::Impl::place(sim::Task& task, int cpu, sim::Time at) {
  task.set_costs(&costs(cpu));
  k.cpu.place(task, cpu, at);
}

void CfsScheduler::Impl::launch(Thread& t, sim::Time at) {
  t.se.exec_start = at;
  if (t.task) {
    place(*t.task, t.cpu, at);
    k.engine.wake(*t.task, at);
    return;
  }
  t.task = &k.engine.spawn(
      t.name,
      [this, &t](sim::Task&) {
        finish_switch(t);
        if (t.body) t.body(t);
        thread_returned(t);
      },
      at);
  place(*t.task, t.cpu, at);
}

sim::Time CfsScheduler::Impl::claim_idle(RunQueue& rq, Thread& t, sim::Task* payer, int here) {
  sim::Time at = k.engine.now();
  claim(rq, t, at);
  if (payer && here != rq.cpu && !tunables.idle_polls) {
    k.cpu.send_ipi(*payer);
    at = payer->now() + k.cpu.ipi_latency();
  }
  const sim::Time ready = rq.in_idle ? rq.idle_ready : at;
  // A CPU that is still on its way into idle sees need_resched before it sleeps.
  const sim::Time latency = leave_idle(rq, at);
  rq.exit_latency = at >= ready ? latency : sim::Time{};
  rq.idle_exit_due = true;
  return std::max(at, ready);
}

void CfsScheduler::Impl::finish_switch(Thread& t) {
  RunQueue& rq = rq_of(t);
  if (std::exchange(rq.idle_exit_due, false)) {
    if (rq.exit_latency.ps > 0) t.task->spend(paths.cstate_exit, rq.exit_latency);
    t.charge(paths.idle_exit);
    if (std::exchange(rq.tick_stopped, false)) t.charge(paths.tick_restart);
    t.charge(paths.schedule_idle);
  }
  if (std::exchange(rq.pulled, false)) t.charge(paths.newidle);
  t.charge(paths.context_switch);
  // A kernel thread borrows the page tables that are loaded (lazy TLB).
  // Compared by number: what comes later may lie where an address space or a thread has gone.
  const std::uint64_t space = t.process->space_id;
  if (t.process->mm && space != std::exchange(rq.active_space, space)) k.cpu.address_space_switch(*t.task);
}

void CfsScheduler::Impl::wait_for_cpu(Thread& t) {
  while (!t.se.on_cpu) t.task->suspend();
  finish_switch(t);
}

void CfsScheduler::Impl::leave(RunQueue& rq, Thread& t) {
  rq.update_curr(t.now());
  t.se.on_cpu = false;
  t.last_ran = t.now();
  rq.curr = nullptr;
}

void CfsScheduler::Impl::next_or_idle(RunQueue& rq, sim::Time now) {
  pull_real_time(rq);
  Thread* next = rq.pick(tunables, nullptr);
  if (!next && !rq.irq_busy) {
    next = pull(rq, now);
    rq.pulled = next != nullptr;
  }
  if (!next) {
    enter_idle(rq, now);
    return;
  }
  claim(rq, *next, now);
  launch(*next, now);
}

void CfsScheduler::Impl::activate(Thread& t, int cpu, sim::Task* payer, int here) {
  RunQueue& to = rq(cpu);
  if (to.idle() && !to.irq_busy) {
    const sim::Time at = claim_idle(to, t, payer, here);
    launch(t, at);
    return;
  }
  t.cpu = cpu;
  t.state = RunState::runnable;
  to.enqueue(t);
  arm_tick(to, k.engine.now());
  if (to.curr && to.preempted_by(t, tunables)) resched(to, payer, here);
}

void CfsScheduler::Impl::resched(RunQueue& rq, sim::Task* payer, int here) {
  if (rq.resched) return;
  rq.resched = true;
  rq.curr->need_resched = true;
  if (rq.cpu == here || !payer) return;
  k.cpu.send_ipi(*payer);
  // Time went by: whoever runs there now is hit, if it computes and still has not been told.
  if (!rq.curr || !rq.resched || !(rq.curr->se.in_user || rq.curr->guest)) return;
  ++rq.interrupts_due;
  if (rq.curr->se.in_user) k.engine.wake(*rq.curr->task, payer->now() + k.cpu.ipi_latency());
}

void CfsScheduler::Impl::preempt(Thread& t, const Thread* skip) {
  RunQueue& from = rq_of(t);
  from.resched = false;
  if (from.queue.empty()) return;
  t.charge(paths.schedule);
  if (from.queue.empty()) return;  // pulled away meanwhile
  from.update_curr(t.now());
  // Who is preempted by something more urgent is the next of its rank; a slice that is over or a yield ends
  // the turn.
  from.enqueue(t, rank(t) > 0 && !skip && rank(*from.queue.front()) > rank(t));
  Thread* next = from.pick(tunables, skip);
  if (next == &t) {
    t.se.sum_exec_at_pick = t.se.sum_exec;
    return;
  }
  if (skip) {
    ++t.se.voluntary_switches;
  } else {
    ++t.se.involuntary_switches;
  }
  t.se.on_cpu = false;
  t.state = RunState::runnable;
  claim(from, *next, t.now());
  launch(*next, t.now());
  wait_for_cpu(t);
}

// stop_one_cpu(migration_cpu_stop): the thread is moved while it is off the CPU.
void CfsScheduler::Impl::migrate(Thread& t, int cpu) {
  t.charge(paths.migrate);
  move_to(t, cpu);
}

void CfsScheduler::Impl::move_to(Thread& t, int cpu) {
  RunQueue &from = rq_of(t), &to = rq(cpu);
  leave(from, t);
  next_or_idle(from, t.now());
  to.update_curr(t.now());
  detach_vruntime(t, from);
  attach_vruntime(t, to);
  if (to.idle() && !to.irq_busy) {
    const sim::Time at = claim_idle(to, t, t.task, from.cpu);
    place(*t.task, cpu, at);
    while (!t.task->sleep_until(at)) {
    }
    t.se.exec_start = t.now();
    finish_switch(t);
    return;
  }
  activate(t, cpu, t.task, from.cpu);
  wait_for_cpu(t);
}

void CfsScheduler::Impl::settle(Thread& t) {
  RunQueue& rq = rq_of(t);
  while (rq.stolen.ps > 0) {
    const sim::Time end = t.now() + std::exchange(rq.stolen, {});
    while (!t.task->sleep_until(end, "interrupt")) {
    }
  }
}

// The ticks that hit curr since it was looked at last.
void CfsScheduler::Impl::take_ticks(Thread& t, bool user) {
  RunQueue& rq = rq_of(t);
  while (t.now() >= t.next_tick) {
    const sim::Time at = t.next_tick;
    t.next_tick += tunables.tick;
    rq.tick_base = t.next_tick;
    if (t.guest) t.guest->interrupted(t);
    k.cpu.interrupt_enter(*t.task);
    t.charge(paths.tick);
    sample_frequency(rq, at, &t);
    if (t.process->timers) t.process->timers->account_tick(k, t, tunables.tick, user);
    k.cpu.interrupt_exit(*t.task);
    rq.update_curr(t.now());
    if (rq.tick_preempts(tunables)) rq.resched = true;
  }
}

void CfsScheduler::Impl::work(Thread& t) {
  const bool user = std::exchange(user_ticks, false);
  while (t.need_resched || t.now() >= t.next_tick) {
    t.need_resched = false;
    for (; rq_of(t).interrupted > 0; --rq_of(t).interrupted)
      if (t.guest) t.guest->interrupted(t);
    settle(t);
    for (; rq_of(t).interrupts_due > 0; --rq_of(t).interrupts_due) {
      if (t.guest) t.guest->interrupted(t);
      k.cpu.interrupt_enter(*t.task);
      t.charge(paths.scheduler_ipi);
      k.cpu.interrupt_exit(*t.task);
    }
    take_ticks(t, user);
    RunQueue& rq = rq_of(t);
    if (!Placement::allowed(t, t.cpu)) {
      migrate(t, placement.idlest(t, t.cpu));
    } else if (rq.resched && !push_real_time(t)) {
      preempt(t, nullptr);
    }
  }
  if (t.guest) t.guest->resume(t);
}

}  // namespace isosim::kernel
