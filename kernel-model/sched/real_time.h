// SCHED_FIFO and SCHED_RR (kernel/sched/rt.c, Linux 4.4): they run before all others, the higher priority
// first. A CPU that goes over to something lower pulls what waits elsewhere; who is preempted moves to where
// less is run. Throttling (sched_rt_runtime_us) is left out: with its 5 % borrowed from idle CPUs
// (RT_RUNTIME_SHARE) it does not bite one thread.
#pragma once

#include "kernel-model/sched/thread.h"

namespace isosim::kernel {

inline constexpr sim::Time kRoundRobinSlice = sim::milliseconds(100);  // RR_TIMESLICE

// 1 to 99; 0: not real-time.
inline int rank(const Thread& thread) {
  return sched_policy::real_time(thread.attributes.policy) ? thread.attributes.rt_priority : 0;
}

}  // namespace isosim::kernel
