#include "kernel-model/sched/run_queue.h"

#include <algorithm>

namespace isosim::kernel {

namespace {
// calc_delta_fair(): a thread of double weight ages half as fast.
sim::Time weighted(sim::Time span, std::uint32_t weight) {
  if (weight == SchedEntity::nice_0_weight) return span;
  return {span.ps / static_cast<std::int64_t>(weight) * SchedEntity::nice_0_weight};
}

bool before(const Thread* a, const Thread* b) {
  return a->vruntime != b->vruntime ? a->vruntime < b->vruntime : a->se.enqueued < b->se.enqueued;
}

constexpr std::size_t nr_latency = 8;  // sched_nr_latency: more threads stretch the period
}  // namespace

std::uint64_t RunQueue::load() const {
  std::uint64_t sum = curr ? curr->se.weight : 0;
  for (const Thread* thread : queue) sum += thread->se.weight;
  return sum;
}

void RunQueue::update_min_vruntime() {
  sim::Time least = sim::Time::max();
  if (curr) least = curr->vruntime;
  if (!queue.empty()) least = std::min(least, queue.front()->vruntime);
  if (least != sim::Time::max()) min_vruntime = std::max(min_vruntime, least);
}

void RunQueue::update_curr(sim::Time now) {
  if (!curr || now <= curr->se.exec_start) return;
  const sim::Time ran = now - curr->se.exec_start;
  curr->se.exec_start = now;
  curr->se.sum_exec += ran;
  curr->vruntime += weighted(ran, curr->se.weight);
  curr->last_ran = now;
  update_min_vruntime();
}

void RunQueue::enqueue(Thread& thread) {
  thread.se.enqueued = arrivals++;
  queue.insert(std::upper_bound(queue.begin(), queue.end(), &thread, before), &thread);
}

void RunQueue::dequeue(Thread& thread) { std::erase(queue, &thread); }

Thread* RunQueue::pick(const SchedTunables& tunables, const Thread* skip) {
  if (queue.empty()) return nullptr;
  auto best = queue.begin();
  // pick_next_entity(): the one that yielded is passed over if the second is not too far behind.
  if (*best == skip && queue.size() > 1 &&
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
  // check_preempt_wakeup(): SCHED_IDLE gives way to all others; it and SCHED_BATCH wait for their turn.
  const int policy = woken.attributes.policy;
  if (curr->attributes.policy == idle && policy != idle) return true;
  if (policy == batch || policy == idle) return false;
  return curr->vruntime - woken.vruntime > weighted(tunables.wakeup_granularity, woken.se.weight);
}

bool RunQueue::tick_preempts(const SchedTunables& tunables) const {
  if (!curr || queue.empty()) return false;
  const sim::Time ideal = slice(*curr, tunables);
  const sim::Time ran = curr->se.sum_exec - curr->se.sum_exec_at_pick;
  if (ran > ideal) return true;
  if (ran < tunables.min_granularity) return false;
  return curr->vruntime - queue.front()->vruntime > ideal;
}

void detach_vruntime(Thread& thread, const RunQueue& from) { thread.vruntime -= from.min_vruntime; }
void attach_vruntime(Thread& thread, const RunQueue& to) { thread.vruntime += to.min_vruntime; }

}  // namespace isosim::kernel
