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
  rq.frequency.sample(at, at - rq.idled, khz(rq.cpu));
  if (rq.frequency.request_khz() == before) return;
  for (int i = 0; i < topology.threads_per_core; ++i)
    apply_frequency(topology.cpu_of(topology.core_of(rq.cpu), i));
}

void CfsScheduler::Impl::apply_frequency(int cpu) {
  if (const Thread* const running = rq(cpu).curr; running && running->task)
    running->task->set_costs(&costs(cpu));
}

void CfsScheduler::program_begins() {
  const sim::Time now = impl_->k.engine.now();
  for (RunQueue& rq : impl_->rqs) rq.frequency.program_begins(now, now - rq.idled);
  for (const RunQueue& rq : impl_->rqs) impl_->apply_frequency(rq.cpu);
}

}  // namespace isosim::kernel
