// Timers that send signals: setitimer, alarm, timer_create (kernel/time/itimer.c, posix-timers.c).
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "kernel-model/abi/payload.h"
#include "kernel-model/time/hrtimer.h"

namespace isosim::kernel {

class Process;

// Sends a signal to a process each time it expires.
class SignalTimer final : public HrTimer {
 public:
  SignalTimer(Kernel& k, std::int32_t pid, int signal, std::int32_t code)
      : kernel_(k), pid_(pid), signal_(signal), code_(code) {}

  // Starts it `value` from now (`absolute`: at `value`), then every `interval`; a value of 0 stops it.
  void set(Thread& t, Itimer setting, bool absolute);
  [[nodiscard]] Itimer get(sim::Time now) const;
  void expire(Irq& irq) override;
  std::uint64_t overruns = 0;

 private:
  Kernel& kernel_;
  std::int32_t pid_;
  int signal_;
  std::int32_t code_;
  int home_ = 0;  // the CPU that it runs on
  sim::Time interval_;
};

struct ProcessTimers {
  ProcessTimers(Kernel& k, const Process& process);
  void cancel_all(Kernel& k);
  void delete_posix(Kernel& k);

  SignalTimer real;  // ITIMER_REAL, alarm
  std::map<std::int32_t, std::unique_ptr<SignalTimer>> posix;
  std::int32_t next_id = 0;
};

ProcessTimers& timers_of(Kernel& k, Process& process);

}  // namespace isosim::kernel
