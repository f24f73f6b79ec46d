// Clocks as system calls (programs mostly read them through the vDSO, which a trace does not show), and times
// used.
#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"

namespace isosim::kernel {

namespace {

constexpr std::int64_t kPicosecondsPerSecond = 1'000'000'000'000;
constexpr std::uint64_t kLastClock = 11;  // CLOCK_TAI; 10 (SGI_CYCLE) is gone

enum class Clock : std::uint8_t { realtime, since_boot, cpu_time, none };

Clock clock_kind(Kernel& k, Thread& t, std::uint64_t id) {
  const auto number = static_cast<std::int32_t>(id);
  if (number < 0) {  // CPU-time clocks of other processes and threads: ~pid << 3 | kind
    const std::int32_t pid = ~(number >> 3);
    const bool of_thread = (number & 4) != 0;
    if ((number & 3) == 3) return Clock::none;  // dynamic clocks of devices
    const bool found = of_thread ? thread_argument(k, t, static_cast<std::uint64_t>(pid)) != nullptr
                                 : process_argument(k, t, static_cast<std::uint64_t>(pid)) != nullptr;
    return found ? Clock::cpu_time : Clock::none;
  }
  switch (number) {
    case 0:
    case 5:
    case 8:
    case 11:
      return Clock::realtime;  // REALTIME, _COARSE, _ALARM, TAI
    case 1:
    case 4:
    case 6:
    case 7:
    case 9:
      return Clock::since_boot;  // MONOTONIC, _RAW, _COARSE, BOOTTIME, _ALARM
    case 2:
    case 3:
      return Clock::cpu_time;
    default:
      return Clock::none;
  }
}

sim::Time process_runtime(Kernel& k, const Process& p) {
  sim::Time sum;
  for (const Thread* thread : p.threads) sum += k.sched->runtime(*thread);
  return sum;
}

// CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, and those of clock_getcpuclockid.
sim::Time cpu_time(Kernel& k, Thread& t, std::uint64_t id) {
  const auto clock = static_cast<std::int32_t>(id);
  const std::int32_t task = ~(clock >> 3);
  const bool of_thread = clock < 0 ? (clock & 4) != 0 : clock == 3;
  if (clock >= 0) return of_thread ? k.sched->runtime(t) : process_runtime(k, *t.process);
  return of_thread ? k.sched->runtime(*thread_argument(k, t, static_cast<std::uint64_t>(task)))
                   : process_runtime(k, *process_argument(k, t, static_cast<std::uint64_t>(task)));
}

std::uint64_t nanoseconds(sim::Time time, std::int64_t seconds) {
  return static_cast<std::uint64_t>(time.ps / 1000) + static_cast<std::uint64_t>(seconds) * 1'000'000'000u;
}

std::int64_t sys_gettimeofday(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.gettimeofday);
  s.out.value = nanoseconds(t.now(), k.misc->boot_seconds);
  return 0;
}

std::int64_t sys_time(Kernel& k, Thread& t, Sys& /*s*/) {
  t.charge(k.misc->paths.time);
  return k.misc->boot_seconds + t.now().ps / kPicosecondsPerSecond;
}

std::int64_t sys_clock_gettime(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.clock_gettime);
  switch (clock_kind(k, t, s.u64(0))) {
    case Clock::realtime:
      s.out.value = nanoseconds(t.now(), k.misc->boot_seconds);
      break;
    case Clock::since_boot:
      s.out.value = nanoseconds(t.now(), k.misc->uptime_seconds);
      break;
    case Clock::cpu_time:
      s.out.value = nanoseconds(cpu_time(k, t, s.u64(0)), 0);
      break;
    case Clock::none:
      return -EINVAL_;
  }
  return s.u64(1) == 0 ? -EFAULT_ : 0;
}

std::int64_t sys_clock_getres(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.clock_gettime);
  const bool coarse = s.u64(0) == 5 || s.u64(0) == 6;
  s.out.value = coarse ? 4'000'000 : 1;  // a tick of HZ=250
  return clock_kind(k, t, s.u64(0)) == Clock::none ? -EINVAL_ : 0;
}

// Only permission and clock are checked; the model's clocks run with the simulation and cannot be set.
std::int64_t sys_clock_settime(Kernel& k, Thread& t, Sys& s) {
  if (s.u64(0) != 0) return t.charge(k.misc->paths.field), s.u64(0) <= kLastClock ? -EOPNOTSUPP_ : -EINVAL_;
  if (!capable(*t.process, Cap::sys_time)) return t.charge(k.misc->paths.field), -EPERM_;
  return k.default_path(t, s);
}

std::int64_t sys_settimeofday(Kernel& k, Thread& t, Sys& s) {
  if (!capable(*t.process, Cap::sys_time)) return t.charge(k.misc->paths.field), -EPERM_;
  return k.default_path(t, s);
}

std::int64_t sys_times(Kernel& k, Thread& t, Sys& s) {
  constexpr std::int64_t kPicosecondsPerTick = kPicosecondsPerSecond / 100;  // USER_HZ
  t.charge(k.misc->paths.getrusage);
  s.out.value = static_cast<std::uint64_t>(process_runtime(k, *t.process).ps / kPicosecondsPerTick);
  return k.misc->uptime_seconds * 100 + t.now().ps / kPicosecondsPerTick;
}

std::int64_t sys_getrusage(Kernel& k, Thread& t, Sys& s) {
  constexpr std::int32_t kSelf = 0, kChildren = -1, kThread = 1;
  const auto who = static_cast<std::int32_t>(s.u64(0));
  if (who != kSelf && who != kChildren && who != kThread) return t.charge(k.misc->paths.field), -EINVAL_;
  t.charge(k.misc->paths.getrusage);
  if (who == kSelf) s.out.value = nanoseconds(process_runtime(k, *t.process), 0);
  if (who == kThread) s.out.value = nanoseconds(k.sched->runtime(t), 0);
  return s.u64(1) == 0 ? -EFAULT_ : 0;
}

}  // namespace

void register_time_calls(SyscallTable& table) {
  table.set(nr::gettimeofday, sys_gettimeofday);
  table.set(nr::time, sys_time);
  table.set(nr::clock_gettime, sys_clock_gettime);
  table.set(nr::clock_getres, sys_clock_getres);
  table.set(nr::clock_settime, sys_clock_settime);
  table.set(nr::settimeofday, sys_settimeofday);
  table.set(nr::times, sys_times);
  table.set(nr::getrusage, sys_getrusage);
}

}  // namespace isosim::kernel
