// Timers by clock (kernel/time/posix-timers.c, posix-cpu-timers.c).
#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/misc/calls.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"
#include "kernel-model/time/process_timers.h"

namespace isosim::kernel {

namespace {

// include/linux/posix-timers.h: a clock of a task is ~pid << 3, with what it counts, and whether of one
// thread.
enum CpuClock { kVirtual = 1, kDynamic = 3, kOfThread = 4 };

// posix_cpu_timer_create(). A timer on another process's clock never moves on here.
std::int64_t make_cpu_timer(Kernel& k, Thread& t, std::int32_t clock, PosixTimer& made) {
  constexpr std::int32_t kProcessClock = 2, kThreadClock = 3, kNoThread = -1;
  made.cpu = std::make_unique<CpuTimer>();
  if (clock == kThreadClock) made.cpu->tid = t.tid;
  if (clock == kProcessClock || clock == kThreadClock) return 0;
  if ((clock & kDynamic) == kDynamic) return -EOPNOTSUPP_;
  made.user_only = (clock & kDynamic) == kVirtual;
  const std::int32_t task = ~(clock >> 3);
  if ((clock & kOfThread) != 0) {
    const Thread* thread = thread_argument(k, t, static_cast<std::uint64_t>(task));
    if (!thread || thread->process != t.process) return -EINVAL_;
    made.cpu->tid = thread->tid;
    return 0;
  }
  const Process* process = process_argument(k, t, static_cast<std::uint64_t>(task));
  if (!process) return -EINVAL_;
  if (process != t.process) made.cpu->tid = kNoThread;
  return 0;
}

// Argument 1's payload is the signal of the sigevent, if it is known; SIGALRM else.
std::int64_t sys_timer_create(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timer_call);
  constexpr std::int32_t kProcessClock = 2, kThreadClock = 3, kRaw = 4, kMonotonicCoarse = 6, kGone = 10,
                         kLast = 11;
  const std::int32_t clock = s.fd(0);
  if (clock > kLast || clock == kGone) return -EINVAL_;
  if (clock >= kRaw && clock <= kMonotonicCoarse) return -EOPNOTSUPP_;  // they have no timers
  ProcessTimers& timers = timers_of(k, *t.process);
  const auto* event = s.get<OptionValue>(1);
  const int signal = event ? static_cast<int>(event->value) : signo::alrm;
  if (signal < 1 || signal > signo::last) return -EINVAL_;
  PosixTimer timer;
  if (clock < 0 || clock == kProcessClock || clock == kThreadClock) {
    if (const std::int64_t error = make_cpu_timer(k, t, clock, timer); error != 0) return error;
    timer.cpu->signal = signal;
    timer.cpu->code = SignalInfo::timer;
  } else {
    timer.wall = std::make_unique<SignalTimer>(k, t.process->pid, timers.next_id, signal);
  }
  const std::int32_t id = timers.next_id++;
  timers.posix[id] = std::move(timer);
  s.out.value = static_cast<std::uint64_t>(id);
  return 0;
}

PosixTimer* posix_timer(Kernel& k, Thread& t, std::int32_t id) {
  auto& timers = timers_of(k, *t.process).posix;
  const auto found = timers.find(id);
  return found == timers.end() ? nullptr : &found->second;
}

std::int64_t sys_timer_settime(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timer_call);
  const auto* setting = s.get<Itimer>(2);
  const PosixTimer* timer = posix_timer(k, t, s.fd(0));
  if (!setting || !timer) return setting ? -EINVAL_ : -EFAULT_;
  const bool absolute = (s.u64(1) & 1) != 0;  // TIMER_ABSTIME
  if (timer->wall) return timer->wall->set(t, *setting, absolute), 0;
  Itimer span = *setting;
  if (absolute) span.value = std::max(span.value - t.now(), sim::Time{1});
  timer->cpu->set(span, k.sched->tick());
  return 0;
}

std::int64_t sys_timer_gettime(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timer_call);
  const PosixTimer* timer = posix_timer(k, t, s.fd(0));
  if (!timer) return -EINVAL_;
  const Itimer left = timer->wall ? timer->wall->get(t.now()) : timer->cpu->get(k.sched->tick());
  s.out.value = static_cast<std::uint64_t>(left.value.ps / 1000);
  return 0;
}

std::int64_t sys_timer_getoverrun(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timer_call);
  const PosixTimer* timer = posix_timer(k, t, s.fd(0));
  if (!timer) return -EINVAL_;
  return timer->wall ? static_cast<std::int64_t>(timer->wall->overruns()) : 0;
}

std::int64_t sys_timer_delete(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timer_call);
  const PosixTimer* timer = posix_timer(k, t, s.fd(0));
  if (!timer) return -EINVAL_;
  if (timer->wall) k.sched->timers().cancel(*timer->wall);
  t.process->timers->posix.erase(s.fd(0));
  return 0;
}

}  // namespace

void register_posix_timer_calls(SyscallTable& table) {
  table.set(nr::timer_create, sys_timer_create);
  table.set(nr::timer_settime, sys_timer_settime);
  table.set(nr::timer_gettime, sys_timer_gettime);
  table.set(nr::timer_getoverrun, sys_timer_getoverrun);
  table.set(nr::timer_delete, sys_timer_delete);
}

}  // namespace isosim::kernel
