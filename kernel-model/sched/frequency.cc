#include "kernel-model/sched/frequency.h"

#include <algorithm>

#include "cpu/params.h"

namespace isosim::kernel {

namespace {
using sim::Param;
Param powersave("cpufreq.powersave", "bool", 0, 1, 0,
                "CPUs ask for the frequency that their use calls for; 0: always for the highest",
                "intel_pstate's two policies; Ubuntu's start-up script sets powersave");
Param idle_before(
    "cpufreq.idle_before", "bool", 0, 1, 0,
    "the machine idled before the program began, so that CPUs ask for the lowest frequency; 0: it worked, "
    "they ask for the highest",
    "what a run begins with; a workload may ask for it (isosim list workloads)");
Param load(
    "cpufreq.by_load", "bool", 0, 1, 0,
    "by the share of time that a CPU is out of idle (Linux 5.4); 0: by a controller that only sees whether "
    "the CPU was found awake lately (4.4)",
    "get_target_pstate_use_performance of 4.4, get_target_pstate of 5.4, drivers/cpufreq/intel_pstate.c");

constexpr sim::Time kSampling = sim::milliseconds(10);
}  // namespace

FrequencyGovernor::FrequencyGovernor(const cpu::MachineSpec& spec, const sim::Settings& settings,
                                     sim::Time tick)
    : powersave_(settings.flag(powersave)),
      by_load_(settings.flag(load)),
      idle_before_(settings.flag(idle_before) && powersave_),
      least_(std::min(settings.integer(cpu::param::least_frequency) * 1000, spec.base_khz) / kStep),
      most_((spec.turbo_khz.front() + kStep - 1) / kStep),
      base_khz_(spec.base_khz),
      tick_(tick),
      request_(idle_before_ ? least_ : most_) {
  if (!powersave_) due_ = sim::Time::max();
}

bool FrequencyGovernor::settled(std::int64_t actual_khz) const {
  if (!powersave_) return true;
  const std::int64_t target =
      by_load_ ? by_load(kSampling, kSampling, actual_khz) : by_performance(kSampling, actual_khz);
  return std::clamp(target, least_, most_) == request_;
}

// APERF over MPERF is the mean frequency of the time out of idle.
void FrequencyGovernor::sample(sim::Time now, const Scheduler::Use& so_far) {
  const Scheduler::Use use = so_far - use_;
  const std::int64_t us = use.busy.ps / 1'000'000;
  const std::int64_t actual_khz = us > 0 ? use.cycles * 1000 / us : request_khz();
  const sim::Time span = now - sampled_;
  const std::int64_t target =
      by_load_ ? by_load(span, use.busy, actual_khz) : by_performance(span, actual_khz);
  request_ = std::clamp(target, least_, most_);
  looked(now, so_far);
}

void FrequencyGovernor::program_begins(sim::Time now, const Scheduler::Use& so_far) {
  if (!powersave_ || idle_before_) return;
  request_ = most_;
  looked(now, so_far);
}

void FrequencyGovernor::looked(sim::Time now, const Scheduler::Use& so_far) {
  sampled_ = now;
  use_ = so_far;
  // 4.4 counts in ticks (msecs_to_jiffies), 5.4 in nanoseconds.
  const std::int64_t ticks = (kSampling.ps + tick_.ps - 1) / tick_.ps;
  due_ = by_load_ ? now + kSampling : sim::Time{(now.ps / tick_.ps + ticks) * tick_.ps};
}

// A controller that knows the share of the wanted frequency that was reached, 8 bits behind the point; idle
// time it only sees when it lasted so long that three samples were missed.
std::int64_t FrequencyGovernor::by_performance(sim::Time span, std::int64_t actual_khz) const {
  constexpr std::int64_t kSetPoint = 97 << 8, kGain = (20 << 8) / 100, kHalf = 1 << 7;
  std::int64_t busy = (actual_khz << 8) * 100 / base_khz_;
  busy = (busy * ((base_khz_ << 8) / request_khz())) >> 8;
  if (span > kSampling * 3) busy = (busy * ((kSampling.ps << 8) / span.ps)) >> 8;
  const std::int64_t term = (kGain * (kSetPoint - busy)) >> 8;
  return request_ - ((term + kHalf) >> 8);
}

// A quarter above what would do, no further down than half the way.
std::int64_t FrequencyGovernor::by_load(sim::Time span, sim::Time busy, std::int64_t actual_khz) const {
  const std::int64_t share = span.ps > 0 ? (busy.ps << 8) / span.ps : 0;
  const std::int64_t target = std::max(least_, ((most_ + most_ / 4) * share) >> 8);
  const std::int64_t actual = actual_khz / kStep;
  return actual > target ? target + (actual - target) / 2 : target;
}

}  // namespace isosim::kernel
