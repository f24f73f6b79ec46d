// Blocking with a timeout (schedule_hrtimeout_range).
#include "kernel-model/kernel.h"
#include "kernel-model/sched/scheduler.h"
#include "kernel-model/time/hrtimer.h"

namespace isosim::kernel {

namespace {
struct Sleeper final : HrTimer {
  explicit Sleeper(Thread& t) : thread(t) {}
  void expire(Irq& irq) override {
    reached = true;
    irq.kernel.sched->wake(thread, nullptr);
  }
  Thread& thread;
  bool reached = false;
};
}  // namespace

bool Scheduler::block_until(Thread& t, sim::Time deadline) { return block_until(t, deadline, t.timer_slack); }

bool Scheduler::block_until(Thread& t, sim::Time deadline, sim::Time slack) {
  if (deadline == sim::Time::max()) {
    block(t);
    return true;
  }
  if (deadline <= t.now()) {  // hrtimer_start on a time that has passed wakes at once
    t.state = RunState::running;
    return false;
  }
  Sleeper sleeper(t);
  timers().arm(sleeper, t.cpu, deadline, slack);
  block(t);
  timers().cancel(sleeper);
  return !sleeper.reached;
}

}  // namespace isosim::kernel
