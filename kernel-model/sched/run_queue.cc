#include "kernel-model/sched/run_queue.h"

#include <algorithm>

#include "kernel-model/sched/real_time.h"

namespace isosim::kernel {

namespace {
// calc_delta_fair(): a thread of double weight ages half as fast.
sim::Time weighted(sim::Time span, std::uint32_t weight) {
  if (weight == SchedEntity::nice_0_weight) return span;
  return {span.ps / static_cast<std::int64_t>(weight) * SchedEntity::nice_0_weight};
}

bool before(const Thread* a, const Thread* b) {
  if (const int mine = rank(*a), other = rank(*b); mine != other || mine != 0)
    return mine != other ? mine > other : a->se.enqueued < b->se.enqueued;
  return a->vruntime != b->vruntime ? a->vruntime < b->vruntime : a->se.enqueued < b->se.enqueued;
}

constexpr std::size_t nr_latency = 8;  // sched_nr_latency: more threads stretch the period
}  // namespace

std::uint64_t RunQueue::load() const {
  std::uint64_t sum = curr && rank(*curr) == 0 ? curr->se.weight : 0;
  for (const Thread* thread : queue) sum += rank(*thread) == 0 ? thread->se.weight : 0;
  return sum;
}

int RunQueue::highest_rank() const {
  return std::max(curr ? rank(*curr) : 0, queue.empty() ? 0 : rank(*queue.front()));
}

void RunQueue::update_min_vruntime() {
  sim::Time least = sim::Time::max();
  if (curr && rank(*curr) == 0) least = curr->vruntime;
  const auto fair = std::find_if(queue.begin(), queue.end(), [](const Thread* t) { return rank(*t) == 0; });
  if (fair != queue.end()) least = std::min(least, (*fair)->vruntime);
  if (least != sim::Time::max()) min_vruntime = std::max(min_vruntime, least);
}

void RunQueue::update_curr(sim::Time now) {
  if (!curr || now <= curr->se.exec_start) return;
  const sim::Time ran = now - curr->se.exec_start;
  curr->se.exec_start = now;
  curr->se.sum_exec += ran;
  if (rank(*curr) == 0) curr->vruntime += weighted(ran, curr->se.weight);
  curr->last_ran = now;
  update_min_vruntime();
}

void RunQueue::enqueue(Thread& thread, bool first) {
  if (!first) thread.se.enqueued = arrivals++;
  queue.insert(std::upper_bound(queue.begin(), queue.end(), &thread, before), &thread);
}

void RunQueue::dequeue(Thread& thread) { std::erase(queue, &thread); }

Thread* RunQueue::pick(const SchedTunables& tunables, const Thread* skip) {
  if (queue.empty()) return nullptr;
  auto best = queue.begin();
  // pick_next_entity(): the one that yielded is passed over if the second is not too far behind.
  if (*best == skip && rank(**best) == 0 && queue.size() > 1 &&
      queue[1]->vruntime - (*best)->vruntime <= tunables.wakeup_granularity)
    ++best;
  Thread* thread = *best;
  queue.erase(best);
  return thread;
}

void RunQueue::place_new(Thread& thread, const SchedTunables& tunables) const {
  // START_DEBIT: a new thread begins one slice behind.
  thread.vruntime = min_vruntime + weighted(slice(thread, tunables), thread.se.weight);
}

void RunQueue::place_woken(Thread& thread, const SchedTunables& tunables) const {
  const sim::Time credit = {tunables.gentle_fair_sleepers ? tunables.latency.ps / 2 : tunables.latency.ps};
  thread.vruntime = std::max(thread.vruntime, min_vruntime - credit);
}

sim::Time RunQueue::slice(const Thread& thread, const SchedTunables& tunables) const {
  const bool counted = &thread == curr || std::find(queue.begin(), queue.end(), &thread) != queue.end();
  const std::size_t running = nr_running() + (counted ? 0 : 1);
  const sim::Time period =
      running > nr_latency ? tunables.min_granularity * static_cast<std::int64_t>(running) : tunables.latency;
  const std::uint64_t total = load() + (counted ? 0 : thread.se.weight);
  return {period.ps / static_cast<std::int64_t>(total) * thread.se.weight};
}

bool RunQueue::preempted_by(const Thread& woken, const SchedTunables& tunables) const {
  using sched_policy::batch, sched_policy::idle;
  if (!curr) return true;
  if (const int mine = rank(*curr), other = rank(woken); mine != other || mine != 0) return other > mine;
  // check_preempt_wakeup(): SCHED_IDLE gives way to all others; it and SCHED_BATCH wait for their turn.
  const int policy = woken.attributes.policy;
  if (curr->attributes.policy == idle && policy != idle) return true;
  if (policy == batch || policy == idle) return false;
  return curr->vruntime - woken.vruntime > weighted(tunables.wakeup_granularity, woken.se.weight);
}

bool RunQueue::tick_preempts(const SchedTunables& tunables) const {
  if (!curr || queue.empty()) return false;
  const Thread& next = *queue.front();
  if (rank(*curr) != rank(next)) return rank(next) > rank(*curr);
  if (rank(next) != 0)  // task_tick_rt()
    return curr->attributes.policy == sched_policy::round_robin &&
           curr->se.sum_exec - curr->se.sum_exec_at_pick >= kRoundRobinSlice;
  const sim::Time ideal = slice(*curr, tunables);
  const sim::Time ran = curr->se.sum_exec - curr->se.sum_exec_at_pick;
  if (ran > ideal) return true;
  if (ran < tunables.min_granularity) return false;
  return curr->vruntime - queue.front()->vruntime > ideal;
}

void detach_vruntime(Thread& thread, const RunQueue& from) { thread.vruntime -= from.min_vruntime; }
void attach_vruntime(Thread& thread, const RunQueue& to) { thread.vruntime += to.min_vruntime; }

}  // namespace isosim::kernel
