// Interrupt context: each CPU has a task that runs its handlers.
#include <utility>

#include "kernel-model/sched/scheduler_impl.h"

namespace isosim::kernel {

void CfsScheduler::interrupt(int cpu, IrqHandler handler) {
  Impl& s = *impl_;
  RunQueue& rq = s.rq(cpu);
  rq.irq_queue.push_back(std::move(handler));
  if (std::exchange(rq.irq_busy, true)) return;
  const sim::Time now = s.k.engine.now();
  if (rq.irq_task) {
    s.k.engine.wake(*rq.irq_task, now);
    return;
  }
  rq.irq_task = &s.k.engine.spawn(
      "irq/" + std::to_string(cpu), [impl = &s, &rq](sim::Task&) { impl->irq_main(rq); }, now);
}

RunQueue* CfsScheduler::Impl::in_interrupt() {
  const sim::Task* current = k.engine.current();
  if (!current) return nullptr;
  for (RunQueue& queue : rqs)
    if (queue.irq_task == current) return &queue;
  return nullptr;
}

// What the handlers take is added to `stolen` at the end and given up by the thread that runs then: kernel
// code goes on to its next preemption point meanwhile, which is exact in sum and late by less than one call's
// length.
void CfsScheduler::Impl::irq_main(RunQueue& rq) {
  sim::Task& task = *rq.irq_task;
  for (;;) {
    const sim::Time begin = task.now();
    place(task, rq.cpu, begin);
    if (!rq.curr) {
      const sim::Time entering = rq.idle_ready - begin;
      const sim::Time latency = leave_idle(rq, begin);
      task.set_costs(&costs(rq.cpu));
      const sim::Time wait = entering.ps > 0 ? entering : latency;
      if (wait.ps > 0) task.spend(paths.cstate_exit, wait);
    }
    while (!rq.irq_queue.empty()) {
      k.cpu.interrupt_enter(task);
      while (!rq.irq_queue.empty()) {
        const IrqHandler handler = std::move(rq.irq_queue.front());
        rq.irq_queue.pop_front();
        Irq irq{k, rq.cpu, task};
        handler(irq);
      }
      k.cpu.interrupt_exit(task);
    }
    rq.irq_busy = false;
    const sim::Time now = task.now();
    if (rq.curr) {
      rq.stolen += now - begin;
      ++rq.interrupted;
      rq.curr->need_resched = true;
      if (rq.curr->task) k.cpu.place(*rq.curr->task, rq.cpu, now);
      if (rq.curr->se.in_user && rq.resched) k.engine.wake(*rq.curr->task, now);
    } else if (Thread* next = rq.pick(tunables, nullptr)) {
      leave_idle(rq, now);
      claim(rq, *next, now);
      rq.exit_latency = {};
      rq.idle_exit_due = true;
      launch(*next, now);
    } else {
      enter_idle(rq, now);
    }
    while (!rq.irq_busy) task.suspend();
  }
}

}  // namespace isosim::kernel
