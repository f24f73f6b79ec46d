// The frequency that a CPU asks for (drivers/cpufreq/intel_pstate.c, Linux 4.4 and 5.4).
#pragma once

#include <cstdint>

#include "cpu/cpu.h"
#include "kernel-model/sched/scheduler.h"
#include "sim/params.h"
#include "sim/time.h"

namespace isosim::kernel {

// One a CPU. A P-state is a multiple of 100 MHz.
class FrequencyGovernor {
 public:
  FrequencyGovernor(const cpu::MachineSpec& spec, const sim::Settings& settings, sim::Time tick);

  [[nodiscard]] std::int64_t request_khz() const { return request_ * kStep; }
  // As after work on this CPU, unless it is to begin idle. `so_far`: as for sample().
  void program_begins(sim::Time now, const Scheduler::Use& so_far);

  // Whether it wants to look at `now`, which is a tick of a CPU that does not idle, or its way out of idle.
  [[nodiscard]] bool due(sim::Time now, bool tick) const { return (tick || by_load_) && now >= due_; }
  // Whether a CPU that is always busy would go on asking for the same, at what it gets now.
  [[nodiscard]] bool settled(std::int64_t actual_khz) const;
  // Looks at what the CPU did since it looked last. `so_far`: since the begin of time.
  void sample(sim::Time now, const Scheduler::Use& so_far);

 private:
  void looked(sim::Time now, const Scheduler::Use& so_far);
  static constexpr std::int64_t kStep = 100'000;  // kHz
  [[nodiscard]] std::int64_t by_performance(sim::Time span, std::int64_t actual_khz) const;
  [[nodiscard]] std::int64_t by_load(sim::Time span, sim::Time busy, std::int64_t actual_khz) const;

  bool powersave_, by_load_, idle_before_;
  std::int64_t least_, most_;  // P-states
  std::int64_t base_khz_;
  sim::Time tick_;
  std::int64_t request_;
  sim::Time due_, sampled_;
  Scheduler::Use use_;  // when it looked last
};

}  // namespace isosim::kernel
