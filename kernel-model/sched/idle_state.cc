#include "kernel-model/sched/idle_state.h"

#include <algorithm>
#include <cmath>

namespace isosim::kernel {

namespace {
using sim::Param;
const char* const table = "hsw_cstates, drivers/idle/intel_idle.c, Linux 4.4 (Broadwell: C3 40 us)";
Param c1_latency("idle.c1_latency", "us", 0, 1000, 2, "exit latency of C1 in the driver's table", table);
Param c1e_latency("idle.c1e_latency", "us", 0, 1000, 10, "exit latency of C1E in the driver's table", table);
Param c3_latency("idle.c3_latency", "us", 0, 1000, 33, "exit latency of C3 in the driver's table", table);
Param c6_latency("idle.c6_latency", "us", 0, 10000, 133, "exit latency of C6 in the driver's table", table);
Param c1_residency("idle.c1_residency", "us", 0, 10000, 2, "least stay that makes C1 worth it", table);
Param c1e_residency("idle.c1e_residency", "us", 0, 10000, 20, "least stay that makes C1E worth it", table);
Param c3_residency("idle.c3_residency", "us", 0, 10000, 100, "least stay that makes C3 worth it", table);
Param c6_residency("idle.c6_residency", "us", 0, 100000, 400, "least stay that makes C6 worth it", table);
Param exit_share("idle.exit_share", "1", 0.05, 1, 0.1,
                 "share of the table's exit latency that waking really takes",
                 "priors E.5: C1E 1.74, C3 3.75-4.0, C6 13.3-13.9 us on a Haswell Celeron (KUtrace), a tenth "
                 "of the table");
Param max_cstate("idle.max_cstate", "1", 1, 4, 4,
                 "how many states the driver offers (1: C1 only ... 4: up to C6)",
                 "intel_idle.max_cstate; the testbeds ran with defaults");

Param auto_demotion("idle.auto_demotion", "us", 0, 1000, 400,
                    "the core turns requests for C3 and deeper into C1 until an idle period has lasted this "
                    "long; 0: it does as it is told",
                    "decided by 'each core's immediate residency history' (Intel's data sheets, C-state "
                    "auto-demotion; on by firmware's default); the threshold is not published: C6's target "
                    "residency, inference");

Param takes_least(
    "idle.takes_least", "bool", 0, 1, 0,
    "the governor takes the lesser of its two predictions, and half of a period that is shorter "
    "than twice the state's latency",
    "drivers/cpuidle/governors/menu.c: since Linux 4.5 and 4.6; before, a regular interval "
    "overrides the timer, and a short period counts whole");

constexpr std::int64_t us = 1'000'000;  // in ps
constexpr std::int64_t max_interesting_us = 50'000;

std::size_t which_bucket(std::int64_t duration_us) {
  std::size_t bucket = 0;
  for (std::int64_t limit = 10; bucket < 5 && duration_us >= limit; limit *= 10) ++bucket;
  return bucket;
}
}  // namespace

std::vector<IdleState> idle_states(const sim::Settings& s) {
  const double share = s.get(exit_share);
  const auto state = [&](std::string_view name, const Param& latency, const Param& residency, bool off) {
    const double exit_ps = s.get(latency) * share * static_cast<double>(us);
    return IdleState{name, s.integer(latency), s.integer(residency), {std::llround(exit_ps)}, off};
  };
  std::vector<IdleState> states{
      state("C1", c1_latency, c1_residency, false), state("C1E", c1e_latency, c1e_residency, false),
      state("C3", c3_latency, c3_residency, true), state("C6", c6_latency, c6_residency, true)};
  states.resize(static_cast<std::size_t>(s.integer(max_cstate)));
  return states;
}

sim::Time demotion_residency(const sim::Settings& s) { return {s.integer(auto_demotion) * us}; }

IdleGovernor::IdleGovernor(const sim::Settings& s) : takes_least_(s.flag(takes_least)) {}

int IdleGovernor::select(const std::vector<IdleState>& states, sim::Time next_timer) {
  next_timer_us_ = std::min<std::int64_t>(next_timer.ps / us, 1'000'000'000);
  bucket_ = which_bucket(next_timer_us_);
  const std::int64_t scale = resolution * decay;
  const std::int64_t by_timer = (next_timer_us_ * correction_[bucket_] + scale / 2) / scale;
  const std::int64_t typical = typical_interval();
  if (takes_least_) {
    predicted_us_ = std::min(by_timer, typical);
  } else {
    predicted_us_ = typical < next_timer_us_ ? typical : by_timer;
  }
  last_state_ = 0;
  for (std::size_t i = 1; i < states.size(); ++i) {
    if (states[i].residency_us > predicted_us_ || states[i].latency_us > predicted_us_) break;
    last_state_ = static_cast<int>(i);
  }
  return last_state_;
}

void IdleGovernor::reflect(const std::vector<IdleState>& states, sim::Time idle) {
  const std::int64_t latency = states[static_cast<std::size_t>(last_state_)].latency_us;
  std::int64_t measured = idle.ps / us;
  if (takes_least_ && measured <= 2 * latency) {
    measured /= 2;
  } else if (measured > latency) {
    measured -= latency;
  }
  measured = std::min(measured, next_timer_us_);
  std::int64_t& factor = correction_[bucket_];
  factor -= factor / decay;
  if (next_timer_us_ > 0 && measured < max_interesting_us) {
    factor += resolution * measured / next_timer_us_;
  } else {
    factor += resolution;
  }
  factor = std::max<std::int64_t>(factor, 1);
  intervals_[at_] = measured;
  at_ = (at_ + 1) % intervals_.size();
}

// get_typical_interval(): the average of the last eight periods if they lie close together, else without the
// largest ones, as long as six are left.
std::int64_t IdleGovernor::typical_interval() const {
  constexpr std::int64_t none = std::int64_t{1} << 40;
  std::int64_t threshold = none;
  for (;;) {
    std::int64_t sum = 0, count = 0, largest = 0;
    for (const std::int64_t value : intervals_) {
      if (value > threshold) continue;
      sum += value;
      ++count;
      largest = std::max(largest, value);
    }
    const std::int64_t average = sum / count;
    std::int64_t variance = 0;
    for (const std::int64_t value : intervals_)
      if (value <= threshold) variance += (value - average) * (value - average);
    variance /= count;
    if ((average * average > variance * 36 && count * 4 >= 8 * 3) || variance <= 400) return average;
    if (count * 4 <= 8 * 3) return none;
    threshold = largest - 1;
  }
}

}  // namespace isosim::kernel
