// The scheduler's tunables: /proc/sys/kernel/sched_*, and where kernel versions differ.
#pragma once

#include "sim/params.h"
#include "sim/time.h"

namespace isosim::kernel {

struct SchedTunables {
  SchedTunables(const sim::Settings& settings, int cpus);

  sim::Time latency, min_granularity, wakeup_granularity;  // scaled by the number of CPUs
  sim::Time migration_cost;
  sim::Time tick;
  bool gentle_fair_sleepers;
  bool idle_core_scan;            // 5.4's select_idle_sibling instead of 4.4's
  std::uint32_t numa_fork_slack;  // load by which a remote node must be emptier for fork and exec, of 1024
  bool idle_polls;                // idle CPUs watch need_resched (mwait): a wake-up needs no IPI
  bool idle_stops_tick;           // even for a short idle time
  std::int64_t smt_permille;      // speed of a thread whose sibling is busy
};

}  // namespace isosim::kernel
