// What the scheduler keeps of a thread (struct sched_entity and its neighbours in task_struct).
#pragma once

#include <cstdint>

#include "sim/time.h"

namespace isosim::kernel {

class Thread;

struct SchedEntity {
  static constexpr std::uint32_t nice_0_weight = 1024;

  sim::Time exec_start;        // since when the current stretch is not yet in sum_exec
  sim::Time sum_exec;          // time on a CPU so far
  sim::Time sum_exec_at_pick;  // sum_exec when it was picked: the slice is measured from here
  std::uint32_t weight = nice_0_weight;
  int nice = 0;
  bool on_cpu = false;         // has a CPU, also while its switch-in is under way
  bool in_user = false;        // computes in user mode: an interrupt may preempt it at once
  std::uint64_t enqueued = 0;  // breaks ties of vruntime in the order of arrival
  // wake_wide(): how often it woke somebody other than last time.
  std::int64_t last_wakee = -1;  // its task's id
  std::uint32_t wakee_flips = 0;
  sim::Time wakee_flip_decay;
  int recent_used_cpu = -1;
  std::uint64_t voluntary_switches = 0, involuntary_switches = 0;
};

}  // namespace isosim::kernel
