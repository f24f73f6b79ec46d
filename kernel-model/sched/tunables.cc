#include "kernel-model/sched/tunables.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace isosim::kernel {

namespace {
using sim::Param;
const char* const fair_44 = "kernel/sched/fair.c, Linux 4.4 and 5.4";
Param latency_param("sched.latency", "ns", 1e5, 1e9, 6e6, "targeted preemption latency on one CPU", fair_44);
Param min_granularity_param("sched.min_granularity", "ns", 1e4, 1e9, 750e3, "least slice on one CPU",
                            fair_44);
Param wakeup_granularity_param("sched.wakeup_granularity", "ns", 0, 1e9, 1e6,
                               "vruntime lead that a woken thread needs to preempt, on one CPU", fair_44);
Param migration_cost_param("sched.migration_cost", "ns", 0, 1e8, 500e3,
                           "a thread that ran more recently is cache-hot", fair_44);
Param hz("sched.hz", "1/s", 100, 1000, 250, "timer ticks a second",
         "CONFIG_HZ of Ubuntu's generic kernels, 4.4 to 5.4");
Param gentle("sched.gentle_fair_sleepers", "bool", 0, 1, 1, "sleepers get half the latency as credit",
             "kernel/sched/features.h, Linux 4.4 and 5.4");
Param idle_core_scan_param(
    "sched.idle_core_scan", "bool", 0, 1, 0,
    "select_idle_sibling scans for an idle core, then CPU, and remembers the CPU used before (since 4.9)",
    "kernel/sched/fair.c; 0: Linux 4.4, 1: Linux 5.4");
Param numa_fork_slack_param(
    "sched.numa_fork_slack", "1/1024 load", 0, 1024, 0,
    "a new thread leaves its node only if the other is emptier by this",
    "find_idlest_group: none in Linux 4.4, (imbalance_pct - 100) % of 1024 = 256 in 5.4");
Param idle_polls_param(
    "sched.idle_polls", "bool", 0, 1, 1, "idle CPUs sleep in mwait, a store to need_resched wakes them",
    "mwait_idle_with_hints, arch/x86/include/asm/mwait.h, Linux 4.4; 0 for guests that halt");
Param idle_stops_tick_param(
    "sched.idle_stops_tick", "bool", 0, 1, 1, "an idle CPU stops its tick however short the idle time may be",
    "tick_nohz_idle_enter, Linux 4.4; 0: since 4.17 only if the governor expects more than a tick");
Param smt_speed("sched.smt_speed", "1", 0.5, 1, 0.62,
                "speed of a thread while the core's other thread computes",
                "inference: two hyper-threads together do 1.2 to 1.3 times the work of one on Haswell");
}  // namespace

SchedTunables::SchedTunables(const sim::Settings& s, int cpus)
    : tick{std::int64_t{1'000'000'000'000} / s.integer(hz)},
      gentle_fair_sleepers(s.flag(gentle)),
      idle_core_scan(s.flag(idle_core_scan_param)),
      numa_fork_slack(static_cast<std::uint32_t>(s.integer(numa_fork_slack_param))),
      idle_polls(s.flag(idle_polls_param)),
      idle_stops_tick(s.flag(idle_stops_tick_param)),
      smt_permille(std::llround(s.get(smt_speed) * 1000)) {
  // get_update_sysctl_factor(): SCHED_TUNABLESCALING_LOG, at most 8 CPUs count.
  const int factor = static_cast<int>(std::bit_width(static_cast<unsigned>(std::min(cpus, 8))));
  latency = sim::nanoseconds(s.integer(latency_param)) * factor;
  min_granularity = sim::nanoseconds(s.integer(min_granularity_param)) * factor;
  wakeup_granularity = sim::nanoseconds(s.integer(wakeup_granularity_param)) * factor;
  migration_cost = sim::nanoseconds(s.integer(migration_cost_param));
}

}  // namespace isosim::kernel
