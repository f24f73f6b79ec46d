#include "kernel-model/time/process_timers.h"

#include <algorithm>
#include <utility>

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

void SignalTimer::set(Thread& t, Itimer setting, bool absolute) {
  kernel_.sched->timers().cancel(*this);
  interval_ = setting.value.ps == 0 ? sim::Time{} : setting.interval;
  home_ = t.cpu;
  missed_ = overruns_ = 0;
  if (setting.value.ps == 0) return;
  t.charge(kernel_.procs->paths.timer_start);
  kernel_.sched->timers().arm(*this, home_, absolute ? setting.value : t.now() + setting.value);
}

Itimer SignalTimer::get(sim::Time now) const {
  // A timer that is due but has not yet run has a microsecond left (itimer_get_remtime).
  if (armed()) return {interval_, std::max(expires() - now, sim::microseconds(1))};
  // Of a timer that waits for its signal to be taken, common_timer_get() tells when it would expire next.
  const bool goes_on = id_ != itimer_real && interval_.ps != 0;
  return {interval_, goes_on ? next(now) - now : sim::Time{}};
}

// hrtimer_forward()
sim::Time SignalTimer::next(sim::Time now) const {
  const std::int64_t missed = now > due_ ? (now - due_).ps / interval_.ps : 0;
  return due_ + interval_ * (missed + 1);
}

// it_real_fn() leaves it to dequeue_signal() to start the timer again. So does posix_timer_fn(), unless the
// signal was not queued because it is ignored. A timer of the Sentry ticks on, but a tick that finds the
// signal pending only counts (IntervalTimer.Notify, posixtimer.go), and taken() does that.
void SignalTimer::expire(Irq& irq) {
  due_ = expires();
  Process* process = kernel_.find_process(pid_);
  if (!process) return;
  irq.charge(kernel_.procs->paths.signal_send);
  const auto queued = [&] {
    return std::any_of(process->signal_queue.begin(), process->signal_queue.end(),
                       [&](const SignalInfo& info) {
                         return info.signal == signal_ && (id_ == itimer_real || info.timer_id == id_);
                       });
  };
  if (queued()) {  // each timer has one siginfo: it is not queued twice
    ++missed_;
  } else {
    SignalInfo info{signal_, id_ == itimer_real ? SignalInfo::kernel : SignalInfo::timer};
    info.timer_id = id_;
    send_signal(kernel_, nullptr, *process, info);
  }
  const bool waits = queued() || (id_ == itimer_real && !kernel_.timers_run_on);
  if (interval_.ps != 0 && !armed() && !waits) kernel_.sched->timers().arm(*this, home_, next(irq.now()));
}

// do_schedule_next_timer(), and what dequeue_signal() does for ITIMER_REAL.
void SignalTimer::taken(sim::Time now) {
  overruns_ = std::exchange(missed_, 0);
  if (armed() || interval_.ps == 0) return;
  const sim::Time at = next(now);
  overruns_ += static_cast<std::uint64_t>((at - due_).ps / interval_.ps - 1);
  kernel_.sched->timers().arm(*this, home_, at);
}

ProcessTimers::ProcessTimers(Kernel& k, const Process& process)
    : real(k, process.pid, SignalTimer::itimer_real, signo::alrm) {}

// Whoever sent it: SIGALRM starts ITIMER_REAL again.
void ProcessTimers::taken(const SignalInfo& info, sim::Time now) {
  if (info.signal == signo::alrm) real.taken(now);
  if (info.timer_id < 0) return;
  const auto timer = posix.find(info.timer_id);
  if (timer != posix.end() && timer->second.wall) timer->second.wall->taken(now);
}

// set_cpu_itimer(): a tick is added, since the running one may have been consumed in part.
void CpuTimer::set(const Itimer& setting, sim::Time tick) {
  interval = setting.interval;
  expires = setting.value.ps == 0 ? sim::Time{} : clock + setting.value + tick;
}

bool CpuTimer::counts(const Thread& t) const { return tid == 0 || tid == t.tid; }

Itimer CpuTimer::get(sim::Time tick) const {
  if (expires.ps == 0) return {interval, {}};
  return {interval, std::max(expires - clock, tick)};
}

void ProcessTimers::account_tick(Kernel& k, Thread& t, sim::Time tick, bool user) {
  for_each_moved(t, user, [&](CpuTimer& timer) {
    timer.clock += tick;
    if (timer.expires.ps == 0 || timer.clock < timer.expires) return;
    timer.expires = timer.interval.ps == 0 ? sim::Time{} : timer.expires + timer.interval;
    send_signal(k, &t, *t.process, {timer.signal, timer.code});
  });
}

bool ProcessTimers::needs_ticks() const {
  const auto runs = [](const CpuTimer& timer) { return timer.expires.ps != 0; };
  return runs(virtual_) || runs(prof) || std::any_of(posix.begin(), posix.end(), [&](const auto& entry) {
           return entry.second.cpu && runs(*entry.second.cpu);
         });
}

void ProcessTimers::cancel_all(Kernel& k) {
  k.sched->timers().cancel(real);
  delete_posix(k);
}

void ProcessTimers::delete_posix(Kernel& k) {
  for (auto& [id, timer] : posix)
    if (timer.wall) k.sched->timers().cancel(*timer.wall);
  posix.clear();
}

ProcessTimers& timers_of(Kernel& k, Process& process) {
  if (!process.timers) process.timers = std::make_shared<ProcessTimers>(k, process);
  return *process.timers;
}

}  // namespace isosim::kernel
