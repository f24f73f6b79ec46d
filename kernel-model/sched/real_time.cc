#include "kernel-model/sched/real_time.h"

#include <algorithm>
#include <bit>

#include "kernel-model/sched/scheduler_impl.h"

namespace isosim::kernel {

// select_task_rq_rt(): the previous CPU, where it preempts a fair thread at once, unless a real-time thread
// runs there that it could not preempt or that could not move.
int Placement::real_time(const Thread& thread, int here) const {
  const int previous = thread.cpu >= 0 && allowed(thread, thread.cpu) ? thread.cpu : first_allowed(thread);
  const Thread* curr = rq(previous).curr;
  if (!curr || rank(*curr) == 0) return previous;
  const bool moves = std::popcount(curr->affinity) >= 2;
  if (moves && rank(*curr) < rank(thread)) return previous;
  const int cpu = lowest(thread, here);
  return cpu < 0 ? previous : cpu;
}

// find_lowest_rq(): of the CPUs with the least urgent threads its own, then the waker's, then one that shares
// the cache.
int Placement::lowest(const Thread& thread, int here) const {
  int least = rank(thread);
  for (int cpu = 0; cpu < topology_.cpus(); ++cpu)
    if (allowed(thread, cpu)) least = std::min(least, rq(cpu).highest_rank());
  if (least >= rank(thread)) return -1;
  const auto fits = [&](int cpu) {
    return cpu >= 0 && allowed(thread, cpu) && rq(cpu).highest_rank() == least;
  };
  for (const int cpu : {thread.cpu, here})
    if (fits(cpu)) return cpu;
  int any = -1;
  for (int cpu = 0; cpu < topology_.cpus(); ++cpu) {
    if (!fits(cpu)) continue;
    if (thread.cpu >= 0 && topology_.share_cache(cpu, thread.cpu)) return cpu;
    if (any < 0) any = cpu;
  }
  return any;
}

// pull_rt_task(): the most urgent thread that waits behind another elsewhere, if it is more urgent than what
// waits here.
void CfsScheduler::Impl::pull_real_time(RunQueue& to) {
  if (!real_time_used) return;
  Thread* chosen = nullptr;
  int most = to.queue.empty() ? 0 : rank(*to.queue.front());
  for (const RunQueue& from : rqs) {
    if (&from == &to || !from.curr) continue;
    for (Thread* t : from.queue) {
      if (rank(*t) <= most) break;
      if (!Placement::allowed(*t, to.cpu) || rank(*t) > rank(*from.curr)) continue;  // runs there at once
      chosen = t;
      most = rank(*t);
      break;
    }
  }
  if (!chosen) return;
  RunQueue& from = rq_of(*chosen);
  from.dequeue(*chosen);
  detach_vruntime(*chosen, from);
  attach_vruntime(*chosen, to);
  chosen->cpu = to.cpu;
  to.enqueue(*chosen);
}

// push_rt_task() for one that something more urgent takes the CPU from. False: there is nowhere to go.
bool CfsScheduler::Impl::push_real_time(Thread& t) {
  RunQueue& from = rq_of(t);
  if (rank(t) == 0 || from.queue.empty() || rank(*from.queue.front()) <= rank(t)) return false;
  const int cpu = placement.lowest(t, t.cpu);
  if (cpu < 0 || cpu == t.cpu) return false;
  from.resched = false;
  t.charge(paths.schedule);
  move_to(t, cpu);
  return true;
}

// check_class_changed(), prio_changed_rt().
void CfsScheduler::policy_changed(Thread& t, Thread& caller) {
  Impl& s = *impl_;
  s.real_time_used |= rank(t) > 0;
  if (t.cpu < 0) return;
  RunQueue& rq = s.rq_of(t);
  rq.update_curr(caller.now());
  const bool queued = t.state == RunState::runnable && !t.se.on_cpu;
  if (queued) rq.dequeue(t);
  if (rank(t) == 0) t.vruntime = std::max(t.vruntime, rq.min_vruntime);
  if (queued) rq.enqueue(t);
  if (!rq.curr || rq.queue.empty()) return;
  if (rq.preempted_by(*rq.queue.front(), s.tunables)) s.resched(rq, caller.task, caller.cpu);
}

}  // namespace isosim::kernel
