// Which CPU a woken or new thread goes to (select_task_rq_fair).
#pragma once

#include <deque>

#include "kernel-model/sched/run_queue.h"
#include "kernel-model/sched/topology.h"

namespace isosim::kernel {

class Placement {
 public:
  Placement(const Topology& topology, const SchedTunables& tunables, std::deque<RunQueue>& rqs)
      : topology_(topology), tunables_(tunables), rqs_(rqs) {}

  // SD_BALANCE_WAKE: `here` is the CPU of the waker (`waker` null: an interrupt), `sync` says that the waker
  // is about to sleep.
  [[nodiscard]] int wake(Thread& thread, Thread* waker, int here, bool sync) const;

  // The same for a real-time thread, new or woken (real_time.cc).
  [[nodiscard]] int real_time(const Thread& thread, int here) const;
  // The CPU where something less urgent than `thread` runs, if anything; -1: there is none.
  [[nodiscard]] int lowest(const Thread& thread, int here) const;

  // SD_BALANCE_FORK, SD_BALANCE_EXEC: the idlest CPU, node by node, core by core.
  [[nodiscard]] int idlest(const Thread& thread, int here) const;

  // Lowest allowed CPU; throws std::logic_error if the mask holds none.
  [[nodiscard]] int first_allowed(const Thread& thread) const;
  [[nodiscard]] static bool allowed(const Thread& thread, int cpu) {
    return (thread.affinity >> cpu & 1) != 0;
  }

 private:
  [[nodiscard]] RunQueue& rq(int cpu) const { return rqs_[static_cast<std::size_t>(cpu)]; }
  [[nodiscard]] bool core_idle(int core, int except) const;
  [[nodiscard]] bool affine(const Thread& thread, int here, int previous, bool sync) const;
  [[nodiscard]] bool wide(Thread& thread, Thread& waker) const;
  [[nodiscard]] int idle_sibling_44(const Thread& thread, int target) const;
  [[nodiscard]] int idle_sibling_54(Thread& thread, int target) const;
  [[nodiscard]] std::uint64_t core_load(int core) const;

  const Topology& topology_;
  const SchedTunables& tunables_;
  std::deque<RunQueue>& rqs_;
};

}  // namespace isosim::kernel
