// The tick of busy CPUs, and moving threads to CPUs that have less to do (load_balance, idle_balance,
// nohz_balancer_kick).
#include <algorithm>

#include "kernel-model/sched/real_time.h"
#include "kernel-model/sched/scheduler_impl.h"
#include "kernel-model/time/process_timers.h"

namespace isosim::kernel {

void CfsScheduler::Impl::arm_tick(RunQueue& rq, sim::Time now) {
  Tick& event = ticks[static_cast<std::size_t>(rq.cpu)];
  if (event.pending()) return;
  k.engine.schedule(event, {(now.ps / tunables.tick.ps + 1) * tunables.tick.ps});
}

bool CfsScheduler::Impl::ticks_matter(const RunQueue& rq) {
  const auto& timers_of_process = rq.curr->process->timers;
  return (timers_of_process && timers_of_process->needs_ticks()) || !rq.frequency.settled(khz(rq.cpu));
}

void CfsScheduler::Impl::tick(RunQueue& rq, sim::Time now) {
  if (!rq.curr) return;
  const bool timed = ticks_matter(rq);
  if (rq.queue.empty() && !timed) return;
  rq.update_curr(now);
  const bool preempts = !rq.queue.empty() && rq.tick_preempts(tunables);
  if (preempts || timed) {
    rq.resched = rq.resched || preempts;
    rq.curr->need_resched = true;
    if (rq.curr->se.in_user) k.engine.wake(*rq.curr->task, now);
  }
  push_out(rq);
  if (!rq.queue.empty()) arm_tick(rq, now);
}

// The waiting thread that `to` may take over: from its own core first, then its socket, then the others; not
// one that ran so recently that its data are still in the cache (task_hot). Null if there is none or the CPU
// idles too shortly.
Thread* CfsScheduler::Impl::pull(RunQueue& to, sim::Time now) {
  if (to.avg_idle < tunables.migration_cost) return nullptr;
  RunQueue* best = nullptr;
  Thread* chosen = nullptr;
  int best_distance = 3;
  for (RunQueue& from : rqs) {
    if (&from == &to || from.queue.empty() || !from.curr) continue;
    const int distance = topology.core_of(from.cpu) == topology.core_of(to.cpu) ? 0
                         : topology.share_cache(from.cpu, to.cpu)               ? 1
                                                                                : 2;
    if (distance > best_distance ||
        (best && distance == best_distance && from.queue.size() <= best->queue.size()))
      continue;
    const auto fits = [&](const Thread* t) {
      return rank(*t) == 0 && Placement::allowed(*t, to.cpu) &&
             (t->last_ran.ps == 0 || now - t->last_ran >= tunables.migration_cost);
    };
    const auto at = std::find_if(from.queue.begin(), from.queue.end(), fits);
    if (at == from.queue.end()) continue;
    best = &from;
    chosen = *at;
    best_distance = distance;
  }
  if (!chosen) return nullptr;
  best->dequeue(*chosen);
  detach_vruntime(*chosen, *best);
  attach_vruntime(*chosen, to);
  chosen->cpu = to.cpu;
  return chosen;
}

// At the tick of a CPU with waiting threads: the least busy CPU that may run one is told to balance, if it
// would end with fewer threads than this one has.
void CfsScheduler::Impl::push_out(RunQueue& from) {
  const auto may_run = [&](int cpu) {
    return std::any_of(from.queue.begin(), from.queue.end(),
                       [&](const Thread* t) { return rank(*t) == 0 && Placement::allowed(*t, cpu); });
  };
  RunQueue* target = nullptr;
  int best = 0;
  for (RunQueue& to : rqs) {
    if (&to == &from || to.irq_busy || to.nr_running() + 2 > from.nr_running() || !may_run(to.cpu)) continue;
    int score = static_cast<int>(to.nr_running()) * 8;
    if (!topology.share_cache(to.cpu, from.cpu)) score += 4;
    for (int i = 0; i < topology.threads_per_core; ++i)
      if (rq(topology.cpu_of(topology.core_of(to.cpu), i)).curr) score += 2;
    if (target && score >= best) continue;
    target = &to;
    best = score;
  }
  if (!target) return;
  Scheduler& scheduler = *k.sched;
  scheduler.interrupt(target->cpu, [this, target, &from](Irq& irq) {
    irq.charge(paths.rebalance);
    if (from.queue.empty() || target->nr_running() + 1 > from.nr_running()) return;
    const auto fits = [&](const Thread* t) { return rank(*t) == 0 && Placement::allowed(*t, target->cpu); };
    const auto at = std::find_if(from.queue.begin(), from.queue.end(), fits);
    if (at == from.queue.end()) return;
    Thread& moved = **at;
    from.queue.erase(at);
    detach_vruntime(moved, from);
    target->update_curr(irq.now());
    attach_vruntime(moved, *target);
    moved.cpu = target->cpu;
    target->enqueue(moved);
    arm_tick(*target, irq.now());
  });
}

}  // namespace isosim::kernel
