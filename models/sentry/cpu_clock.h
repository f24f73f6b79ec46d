// The Sentry's CPU clock (runCPUClockTicker; kernelCPUClockTicker in pkg/sentry/kernel/task_sched.go): a
// timer that expires every 10 ms, whose goroutine reads the clock, looks at each process's CPU timers and
// sets the timer again.
#pragma once

#include "kernel-model/time/hrtimer.h"
#include "models/go/runtime.h"
#include "models/sentry/clock.h"

namespace isosim::kernel {
struct CpuTimer;
}

namespace isosim::models {

class GoScheduler;

class CpuClock final : private kernel::HrTimer {
 public:
  // `stops`: the timer is off while no task runs (release-20200127.0). Before, it never is; here it also
  // rests once a second went by without a running task, so that a machine on which nothing else happens comes
  // to an end.
  CpuClock(kernel::Kernel& sentry, GoScheduler& scheduler, Clock& clock, bool stops);

  // Kernel.Start: from now on.
  void start(go::G& by);
  // incRunningTasks: a task is about to run, which the scheduler has counted.
  void task_runs(go::G& by) {
    if (resting_) resume(by);
  }

  [[nodiscard]] std::uint64_t ticks() const { return ticks_; }

 private:
  void expire(kernel::Irq& irq) override;
  void run(go::G& g);
  void tick(go::G& g);
  void account();
  void expire(kernel::Process& process, kernel::CpuTimer& timer);
  void resume(go::G& by);
  void arm(sim::Time now);

  kernel::Kernel& sentry_;
  GoScheduler& scheduler_;
  Clock& clock_;
  const bool stops_;
  go::G* g_ = nullptr;
  sim::Time next_;
  std::uint64_t ticks_ = 0;
  int idle_ticks_ = 0;  // in a row
  bool kicked_ = false, resting_ = false;
  sim::PathId tick_, resume_;
};

}  // namespace isosim::models
