// High-resolution timers, one tree a CPU (kernel/time/hrtimer.c).
#pragma once

#include <cstdint>
#include <deque>
#include <set>

#include "kernel-model/sched/interrupt.h"
#include "sim/engine.h"

namespace isosim::kernel {

class Scheduler;

class HrTimer {
 public:
  // Runs in interrupt context once the time is reached; the timer is no longer armed and may be armed again.
  virtual void expire(Irq& irq) = 0;
  [[nodiscard]] bool armed() const { return cpu_ >= 0; }
  [[nodiscard]] sim::Time expires() const { return soft_; }

 protected:
  ~HrTimer() = default;

 private:
  friend class HrTimers;
  sim::Time soft_, hard_;  // may fire from soft_ on, and the hardware is set to hard_
  std::uint64_t sequence_ = 0;
  int cpu_ = -1;
};

class HrTimers {
 public:
  HrTimers(Kernel& kernel, Scheduler& scheduler, int cpus);

  // Fires between `expires` and `expires + slack`: at the end of the range, or earlier if another timer of
  // the CPU does.
  void arm(HrTimer& timer, int cpu, sim::Time expires, sim::Time slack = {});
  void cancel(HrTimer& timer);  // no effect on one that is not armed

  // When the CPU's next timer interrupt comes; Time::max() if none is armed.
  [[nodiscard]] sim::Time next(int cpu) const;

 private:
  struct Order {
    bool operator()(const HrTimer* a, const HrTimer* b) const {
      return a->hard_ != b->hard_ ? a->hard_ < b->hard_ : a->sequence_ < b->sequence_;
    }
  };
  struct Base final : sim::Event {
    HrTimers* owner = nullptr;
    int cpu = 0;
    std::set<HrTimer*, Order> tree;
    sim::Time held_until;  // no interrupt before (hang_detected)
    void fire(sim::Time now) override;
  };

  void program(Base& base);
  void run_expired(Base& base, Irq& irq);
  void run_due(Base& base, Irq& irq, sim::Time now);

  Kernel& kernel_;
  Scheduler& scheduler_;
  sim::PathId interrupt_path_, expire_path_;
  std::deque<Base> bases_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace isosim::kernel
