// Sleeping and timers (kernel/time/hrtimer.c, itimer.c).
#include "kernel-model/process/calls.h"

#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"
#include "kernel-model/time/process_timers.h"

namespace isosim::kernel {

namespace {

// do_nanosleep(). An interrupted relative sleep goes on by restart_syscall, an absolute one by the call
// itself.
std::int64_t sleep_until(Kernel& k, Thread& t, sim::Time end, bool absolute) {
  t.charge(k.procs->paths.timer_start);
  bool reached = t.now() >= end;
  while (!reached && !signal_pending(t)) {
    t.state = RunState::interruptible;
    reached = !k.sched->block_until(t, end);
  }
  if (reached) return 0;
  if (absolute) return -ERESTARTNOHAND_;
  t.restart = [end](Kernel& kernel, Thread& thread, Sys&) { return sleep_until(kernel, thread, end, false); };
  return -ERESTART_RESTARTBLOCK_;
}

std::int64_t sys_nanosleep(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timer_sleep);
  const auto* span = s.get<Timespec>(0);
  if (!span) return -EFAULT_;
  if (span->span.ps < 0) return -EINVAL_;
  return sleep_until(k, t, t.now() + span->span, false);
}

// A point in time is one of the kernel's clock, which starts with the run.
std::int64_t sys_clock_nanosleep(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timer_sleep);
  const auto* span = s.get<Timespec>(2);
  if (!span) return -EFAULT_;
  if (s.fd(0) < 0 || s.fd(0) > 11 || s.fd(0) == 3 || span->span.ps < 0) return -EINVAL_;
  const bool absolute = (s.u64(1) & 1) != 0;  // TIMER_ABSTIME
  return sleep_until(k, t, absolute ? span->span : t.now() + span->span, absolute);
}

std::int64_t sys_restart(Kernel& k, Thread& t, Sys& s) {
  if (!t.restart) return -EINTR_;  // do_no_restart_syscall()
  return std::exchange(t.restart, nullptr)(k, t, s);
}

std::int64_t sys_alarm(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timer_call);
  SignalTimer& timer = timers_of(k, *t.process).real;
  const Itimer old = timer.get(t.now());
  constexpr std::int64_t second = 1'000'000'000'000,
                         longest = 4'000'000;  // of 136 years, what a clock here can hold
  const auto seconds = std::min(static_cast<std::int64_t>(s.u64(0) & 0xFFFFFFFF), longest);
  timer.set(t, {{}, {seconds * second}}, false);
  // Rounded to seconds, but never to 0 while it runs (alarm_setitimer).
  std::int64_t left = (old.value.ps + second / 2) / second;
  if (left == 0 && old.value.ps > 0) left = 1;
  return left;
}

constexpr std::uint64_t kItimerReal = 0, kItimerVirtual = 1, kItimerProf = 2;

CpuTimer& cpu_timer(Kernel& k, Process& process, std::uint64_t which) {
  ProcessTimers& timers = timers_of(k, process);
  return which == kItimerVirtual ? timers.virtual_ : timers.prof;
}

std::int64_t sys_setitimer(Kernel& k, Thread& t, Sys& s) {
  const auto* setting = s.get<Itimer>(1);
  if (s.u64(0) > kItimerProf) return -EINVAL_;
  if (!setting) return -EFAULT_;
  t.charge(k.procs->paths.timer_call);
  if (s.u64(0) == kItimerReal) {
    timers_of(k, *t.process).real.set(t, *setting, false);
  } else {
    cpu_timer(k, *t.process, s.u64(0)).set(*setting, k.sched->tick());
  }
  return 0;
}

std::int64_t sys_getitimer(Kernel& k, Thread& t, Sys& s) {
  if (s.u64(0) > kItimerProf) return -EINVAL_;
  t.charge(k.procs->paths.timer_call);
  const Itimer left = s.u64(0) == kItimerReal ? timers_of(k, *t.process).real.get(t.now())
                                              : cpu_timer(k, *t.process, s.u64(0)).get(k.sched->tick());
  s.out.value = static_cast<std::uint64_t>(left.value.ps / 1'000'000);
  return 0;
}

}  // namespace

void register_timer_calls(SyscallTable& table) {
  table.set(nr::nanosleep, sys_nanosleep);
  table.set(nr::clock_nanosleep, sys_clock_nanosleep);
  table.set(nr::restart_syscall, sys_restart);
  table.set(nr::alarm, sys_alarm);
  table.set(nr::setitimer, sys_setitimer);
  table.set(nr::getitimer, sys_getitimer);
  register_posix_timer_calls(table);
}

}  // namespace isosim::kernel
