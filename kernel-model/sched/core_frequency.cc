// At what frequency each core runs: what its governors ask for, within what the socket allows.
#include <algorithm>

#include "kernel-model/sched/scheduler_impl.h"

namespace isosim::kernel {

// Of a core's threads that are awake the one that asks for more decides; what cores get is limited by how
// many of the socket are awake. A change takes effect at once; hardware takes up to half a millisecond.
std::int64_t CfsScheduler::Impl::khz(int cpu) {
  std::int64_t wanted = rq(cpu).frequency.request_khz();
  for (int i = 0; i < topology.threads_per_core; ++i) {
    const RunQueue& thread = rq(topology.cpu_of(topology.core_of(cpu), i));
    if (!thread.in_idle) wanted = std::max(wanted, thread.frequency.request_khz());
  }
  return std::min(wanted, k.cpu.most_khz(active[static_cast<std::size_t>(topology.socket_of(cpu))]));
}

void CfsScheduler::Impl::sample_frequency(RunQueue& rq, sim::Time at, Thread* ticked) {
  if (!rq.frequency.due(at, ticked != nullptr)) return;
  if (ticked) ticked->charge(paths.pstate_sample);
  const std::int64_t before = rq.frequency.request_khz();
  count_cycles(rq, at);
  rq.frequency.sample(at, rq.use);
  if (rq.frequency.request_khz() != before) apply_frequency(topology.core_of(rq.cpu), at);
}

void CfsScheduler::Impl::apply_frequency(int core, sim::Time at) {
  for (int i = 0; i < topology.threads_per_core; ++i) {
    RunQueue& thread = rq(topology.cpu_of(core, i));
    count_cycles(thread, at);
    thread.khz = thread.in_idle ? 0 : khz(thread.cpu);
    if (thread.curr && thread.curr->task) thread.curr->task->set_costs(&costs(thread.cpu));
  }
}

void CfsScheduler::Impl::count_cycles(RunQueue& rq, sim::Time now) {
  const sim::Time span = std::max(now - rq.khz_since, sim::Time{});
  rq.khz_since = std::max(now, rq.khz_since);
  if (rq.khz == 0) return;
  rq.use.busy += span;
  rq.use.cycles += span.ps / 1'000'000 * rq.khz / 1'000 + span.ps % 1'000'000 * rq.khz / 1'000'000'000;
}

void CfsScheduler::program_begins() {
  const sim::Time now = impl_->k.engine.now();
  for (RunQueue& rq : impl_->rqs) {
    impl_->count_cycles(rq, now);
    rq.frequency.program_begins(now, rq.use);
  }
  for (int core = 0; core < impl_->topology.cores(); ++core) impl_->apply_frequency(core, now);
}

Scheduler::Use CfsScheduler::use() const {
  Use all;
  for (RunQueue& rq : impl_->rqs) {
    impl_->count_cycles(rq, impl_->k.engine.now());
    all.busy += rq.use.busy;
    all.cycles += rq.use.cycles;
  }
  return all;
}

}  // namespace isosim::kernel
