// Read-copy-update: what waits until nobody can still see something old (kernel/rcu/tree.c, Linux 4.4 without
// CONFIG_PREEMPT, where RCU and RCU-sched are one).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kernel-model/ipc/mutex.h"
#include "kernel-model/sched/wait_queue.h"
#include "sim/path.h"
#include "sim/time.h"

namespace isosim::kernel {

class CfsScheduler;

// A callback waits for a grace period that begins after it was queued. That ends when every CPU was seen in a
// quiescent state since it began: idle when the rcu_sched thread scans for it, one jiffy after the begin and
// each jiffy from there; or, by the CPU's own ticks, in user mode or past a context switch, once an earlier
// tick told the CPU of the grace period. A tick too begins it and finds its callbacks due, so an idle machine
// takes two to three jiffies. Kernels with another scheduler than Linux's have none of this and wait for
// nothing.
class Rcu {
 public:
  using Callback = std::function<void(Thread& softirq)>;  // may wake, may not block

  explicit Rcu(Kernel& kernel);

  void call(Thread& t, Callback callback);  // call_rcu()
  void synchronize(Thread& t);              // synchronize_rcu(), synchronize_sched()
  void synchronize_expedited(Thread& t);    // interrupts every CPU that is not idle, and waits for those
  void barrier(Thread& t);                  // rcu_barrier(): until all callbacks queued before have run

  [[nodiscard]] std::uint64_t completed() const { return completed_; }  // grace periods
  [[nodiscard]] bool linux_scheduler() const;

 private:
  struct Waiting {
    sim::Time queued;
    std::uint64_t period;  // 0: no tick has seen it yet
    Callback callback;
  };
  struct Cpu {
    bool needed = false, told = false;
    std::uint64_t switches = 0;  // when it was told
  };
  void run(Thread& t);
  void tick(Thread& t, sim::Time jiffy);
  void begin(Thread& t, sim::Time jiffy);
  void observe(Thread& t, sim::Time jiffy);
  void invoke(Thread& t, std::uint64_t completed_before);

  Kernel& k_;
  const sim::PathId period_, scan_, callback_, expedited_;
  std::vector<Waiting> waiting_;
  std::vector<Cpu> cpus_;
  std::uint64_t started_ = 0, completed_ = 0;
  sim::Time scan_at_;
  WaitQueue idle_;  // rcu_sched, while nothing is queued
  bool has_thread_ = false;
  Mutex expediting_;
};

// rcu_sync (kernel/rcu/sync.c, 4.4): a writer's side that makes readers slow only after a grace period, and
// fast again after one without a writer. Writers close upon each other share the first one's wait.
class RcuSync {
 public:
  explicit RcuSync(Kernel& kernel, Rcu& rcu) : k_(kernel), rcu_(rcu) {}
  void enter(Thread& t);
  void exit(Thread& t);

 private:
  enum class State : std::uint8_t { idle, pending, passed };
  void due(Thread& t);

  Kernel& k_;
  Rcu& rcu_;
  State state_ = State::idle;
  int writers_ = 0;
  bool queued_ = false, again_ = false;  // the callback that ends it; whether somebody came since
  WaitQueue waiters_;
};

}  // namespace isosim::kernel
