#include "models/sentry/cpu_clock.h"

#include <utility>

#include "kernel-model/kernel.h"
#include "kernel-model/signal/signal.h"
#include "kernel-model/time/process_timers.h"
#include "models/sentry/go_scheduler.h"

namespace isosim::models {

namespace {

constexpr int kMostIdleTicks = 100;

}  // namespace

CpuClock::CpuClock(kernel::Kernel& sentry, GoScheduler& scheduler, Clock& clock, bool stops)
    : sentry_(sentry),
      scheduler_(scheduler),
      clock_(clock),
      stops_(stops),
      tick_(sentry.path("cpu_clock.tick")),
      resume_(sentry.path("cpu_clock.resume")) {}

void CpuClock::start(go::G& by) {
  g_ = &by.runtime.start(by, "cpu clock", [this](go::G& g) { run(g); });
  clock_.read(by);
  next_ = by.now();
  arm(by.now());
}

void CpuClock::arm(sim::Time now) {
  while (next_ <= now) next_ += scheduler_.tick();
  scheduler_.timers().arm(*this, 0, next_);
}

// The timer goroutine sends on the kicker's channel.
void CpuClock::expire(kernel::Irq& /*irq*/) {
  kicked_ = true;
  go::Runtime& runtime = g_->runtime;
  if (go::G* by = runtime.current()) runtime.ready(*by, *g_);
}

void CpuClock::run(go::G& g) {
  for (;;) {
    while (!std::exchange(kicked_, false)) g.park();
    tick(g);
  }
}

// ktime.Timer.Tick, with Notify.
void CpuClock::tick(go::G& g) {
  clock_.read(g);
  ++ticks_;
  g.charge(tick_, sentry_.processes.size());
  account();
  idle_ticks_ = scheduler_.running_tasks() == 0 ? idle_ticks_ + 1 : 0;
  resting_ = idle_ticks_ > (stops_ ? 0 : kMostIdleTicks);
  if (!resting_) arm(g.now());
}

// The ticker's goroutine pays for what the signal takes, not the task.
void CpuClock::expire(kernel::Process& process, kernel::CpuTimer& timer) {
  timer.clock += scheduler_.tick();
  if (timer.expires.ps == 0 || timer.clock < timer.expires) return;
  timer.expires = timer.interval.ps == 0 ? sim::Time{} : timer.expires + timer.interval;
  kernel::send_signal(sentry_, nullptr, process, {timer.signal, timer.code});
}

// Of a process's running tasks a random one gets the tick; here the first.
void CpuClock::account() {
  for (const auto& [pid, process] : sentry_.processes) {
    if (!process->timers || !process->timers->needs_ticks()) continue;
    for (kernel::Thread* thread : process->threads) {
      if (thread->state != kernel::RunState::running || !thread->owner) continue;
      process->timers->for_each_moved(*thread, task_of(*thread).in_application,
                                      [this, &of = *process](kernel::CpuTimer& timer) { expire(of, timer); });
      break;
    }
  }
}

// The ticks that were missed are made up for without a look at the processes: nothing ran.
void CpuClock::resume(go::G& by) {
  resting_ = false;
  idle_ticks_ = 0;
  if (stops_) {
    by.charge(resume_);
    clock_.read(by);  // for Setting.At, and for Swap
    clock_.read(by);
  }
  arm(by.now());
}

}  // namespace isosim::models
