// Timers that send signals: setitimer, alarm, timer_create (kernel/time/itimer.c, posix-timers.c).
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "kernel-model/abi/payload.h"
#include "kernel-model/signal/signal_info.h"
#include "kernel-model/time/hrtimer.h"

namespace isosim::kernel {

class Process;

// Sends a signal to a process each time it expires. A periodic one is started anew when the signal is taken,
// so that nobody is flooded with signals that nobody takes.
class SignalTimer final : public HrTimer {
 public:
  static constexpr std::int32_t itimer_real = -1;

  // `id`: of timer_create, or itimer_real.
  SignalTimer(Kernel& k, std::int32_t pid, std::int32_t id, int signal)
      : kernel_(k), pid_(pid), id_(id), signal_(signal) {}

  // Starts it `value` from now (`absolute`: at `value`), then every `interval`; a value of 0 stops it.
  void set(Thread& t, Itimer setting, bool absolute);
  [[nodiscard]] Itimer get(sim::Time now) const;
  void expire(Irq& irq) override;
  void taken(sim::Time now);  // its signal was dequeued
  // Periods that went by while the signal that was taken last was pending.
  [[nodiscard]] std::uint64_t overruns() const { return overruns_; }

 private:
  [[nodiscard]] sim::Time next(sim::Time now) const;

  Kernel& kernel_;
  std::int32_t pid_, id_;
  int signal_;
  int home_ = 0;              // the CPU that it runs on
  sim::Time interval_, due_;  // due_: when it expired last
  std::uint64_t missed_ = 0;  // expiries that found the signal pending
  std::uint64_t overruns_ = 0;
};

// Runs on the processor time that timer ticks find: ITIMER_VIRTUAL and ITIMER_PROF (check_cpu_itimer), and
// timers of CPU-time clocks (check_thread_timers).
struct CpuTimer {
  int signal;
  sim::Time expires, interval;  // on `clock`; expires 0: stopped
  sim::Time clock;              // whole ticks since the process has timers
  std::int32_t code = SignalInfo::kernel;
  std::int32_t tid = 0;  // of the only thread whose ticks count; 0: all of the process

  [[nodiscard]] bool counts(const Thread& t) const;
  void set(const Itimer& setting, sim::Time tick);
  [[nodiscard]] Itimer get(sim::Time tick) const;
};

// Of timer_create: one of the two, by its clock.
struct PosixTimer {
  std::unique_ptr<SignalTimer> wall;
  std::unique_ptr<CpuTimer> cpu;
  bool user_only = false;  // CPUCLOCK_VIRT: ticks in the kernel do not count
};

struct ProcessTimers {
  ProcessTimers(Kernel& k, const Process& process);
  void cancel_all(Kernel& k);
  void delete_posix(Kernel& k);
  void taken(const SignalInfo& info, sim::Time now);  // a signal of the process was dequeued

  // account_process_tick(): a tick of the CPU hit `t`, in user mode or in the kernel.
  void account_tick(Kernel& k, Thread& t, sim::Time tick, bool user);
  // Whether a tick may matter, so that it must be noticed when it comes.
  [[nodiscard]] bool needs_ticks() const;
  // Calls f(CpuTimer&) for each timer that a tick of `t` moves on.
  template <class F>
  void for_each_moved(const Thread& t, bool user, F f) {
    f(prof);
    if (user) f(virtual_);
    for (auto& [id, timer] : posix)
      if (timer.cpu && (user || !timer.user_only) && timer.cpu->counts(t)) f(*timer.cpu);
  }

  SignalTimer real;  // ITIMER_REAL, alarm
  CpuTimer virtual_{signo::vtalrm, {}, {}, {}}, prof{signo::prof, {}, {}, {}};
  std::map<std::int32_t, PosixTimer> posix;
  std::int32_t next_id = 0;
};

ProcessTimers& timers_of(Kernel& k, Process& process);

}  // namespace isosim::kernel
