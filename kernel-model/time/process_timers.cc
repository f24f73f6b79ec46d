#include "kernel-model/time/process_timers.h"

#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

void SignalTimer::set(Thread& t, Itimer setting, bool absolute) {
  kernel_.sched->timers().cancel(*this);
  interval_ = setting.interval;
  home_ = t.cpu;
  if (setting.value.ps == 0) return;
  t.charge(kernel_.procs->paths.timer_start);
  kernel_.sched->timers().arm(*this, home_, absolute ? setting.value : t.now() + setting.value);
}

Itimer SignalTimer::get(sim::Time now) const {
  // A timer that is due but has not yet run has a microsecond left (itimer_get_remtime).
  const sim::Time left = armed() ? std::max(expires() - now, sim::microseconds(1)) : sim::Time{};
  return {interval_, left};
}

void SignalTimer::expire(Irq& irq) {
  const sim::Time due = expires();
  if (Process* process = kernel_.find_process(pid_)) {
    irq.charge(kernel_.procs->paths.signal_send);
    if ((process->shared_pending & signal_bit(signal_)) != 0) ++overruns;
    send_signal(kernel_, nullptr, *process, {signal_, code_});
  }
  if (interval_.ps == 0) return;
  sim::Time next = due + interval_;
  if (next <= irq.now()) next = due + interval_ * ((irq.now() - due).ps / interval_.ps + 1);
  kernel_.sched->timers().arm(*this, home_, next);
}

ProcessTimers::ProcessTimers(Kernel& k, const Process& process)
    : real(k, process.pid, signo::alrm, SignalInfo::kernel) {}

// set_cpu_itimer(): a tick is added, since the running one may have been consumed in part.
void CpuTimer::set(const Itimer& setting, sim::Time tick) {
  interval = setting.interval;
  expires = setting.value.ps == 0 ? sim::Time{} : clock + setting.value + tick;
}

Itimer CpuTimer::get(sim::Time tick) const {
  if (expires.ps == 0) return {interval, {}};
  return {interval, std::max(expires - clock, tick)};
}

void ProcessTimers::account_tick(Kernel& k, Thread& t, sim::Time tick, bool user) {
  const auto expire = [&](CpuTimer& timer) {
    timer.clock += tick;
    if (timer.expires.ps == 0 || timer.clock < timer.expires) return;
    timer.expires = timer.interval.ps == 0 ? sim::Time{} : timer.expires + timer.interval;
    send_signal(k, &t, *t.process, {timer.signal, SignalInfo::kernel});
  };
  expire(prof);
  if (user) expire(virtual_);
}

void ProcessTimers::cancel_all(Kernel& k) {
  k.sched->timers().cancel(real);
  delete_posix(k);
}

void ProcessTimers::delete_posix(Kernel& k) {
  for (auto& [id, timer] : posix) k.sched->timers().cancel(*timer);
  posix.clear();
}

ProcessTimers& timers_of(Kernel& k, Process& process) {
  if (!process.timers) process.timers = std::make_shared<ProcessTimers>(k, process);
  return *process.timers;
}

}  // namespace isosim::kernel
