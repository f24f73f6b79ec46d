// Going idle and waking up (cpu_idle_loop, cpuidle), and which cores count for turbo.
#include <algorithm>

#include "kernel-model/sched/scheduler_impl.h"

namespace isosim::kernel {

void CfsScheduler::Impl::enter_idle(RunQueue& rq, sim::Time now) {
  rq.in_idle = true;
  k.cpu.vacate(rq.cpu, now);
  rq.idle_since = now;
  const sim::Time timer = timers.next(rq.cpu);
  const sim::Time sleep = timer == sim::Time::max() ? timer : std::max(timer - now, sim::Time{});
  rq.idle_state = rq.governor.select(states, sleep);
  rq.tick_stopped = sleep > tunables.tick && (tunables.idle_stops_tick || rq.governor.expects(tunables.tick));
  rq.idle_ready = now + sim::Time{costs(rq.cpu)[paths.idle_enter.index].fixed_ps};
  if (rq.tick_stopped) rq.idle_ready += sim::Time{costs(rq.cpu)[paths.tick_stop.index].fixed_ps};
  rq.demoted = states[static_cast<std::size_t>(rq.idle_state)].core_off && rq.residency < demotion;
  // intel_idle leaves the mm in states that flush the TLB (CPUIDLE_FLAG_TLB_FLUSHED: C3 and deeper).
  if (states[static_cast<std::size_t>(rq.idle_state)].core_off) rq.active_space = 0;
  recount_active(topology.core_of(rq.cpu));
  apply_frequency(topology.core_of(rq.cpu), now);
}

sim::Time CfsScheduler::Impl::leave_idle(RunQueue& rq, sim::Time now) {
  if (!rq.in_idle) return {};
  const sim::Time idle = std::max(now - rq.idle_since, sim::Time{});
  rq.residency = idle;
  if (rq.demoted && idle >= demotion) {  // undemoted meanwhile: went down after all
    rq.demoted = false;
    recount_active(topology.core_of(rq.cpu));
  }
  const IdleState& state = states[rq.demoted ? 0 : static_cast<std::size_t>(rq.idle_state)];
  rq.in_idle = false;
  rq.governor.reflect(states, idle + state.exit);
  const sim::Time limit = tunables.migration_cost * 2;
  rq.avg_idle = std::min(limit, rq.avg_idle + sim::Time{(std::min(idle, limit) - rq.avg_idle).ps / 8});
  recount_active(topology.core_of(rq.cpu));
  sample_frequency(rq, now, nullptr);
  apply_frequency(topology.core_of(rq.cpu), now);
  return state.exit;
}

// Hardware gives a core's turbo headroom away, and empties its private caches, only when all its threads are
// in C3 or deeper (Intel's data sheet of the E5 v3, core C3 and C6 states).
void CfsScheduler::Impl::recount_active(int core) {
  bool awake = false;
  for (int i = 0; i < topology.threads_per_core; ++i) {
    const RunQueue& thread = rq(topology.cpu_of(core, i));
    awake |=
        !thread.in_idle || thread.demoted || !states[static_cast<std::size_t>(thread.idle_state)].core_off;
  }
  if (core_awake[static_cast<std::size_t>(core)] == awake) return;
  core_awake[static_cast<std::size_t>(core)] = awake;
  if (!awake) k.cpu.empty_caches(core);
  const int socket = core / topology.cores_per_socket;
  active[static_cast<std::size_t>(socket)] += awake ? 1 : -1;
  for (int i = 0; i < topology.cores_per_socket; ++i)
    apply_frequency(socket * topology.cores_per_socket + i, k.engine.now());
}

}  // namespace isosim::kernel
