// Idle states and the menu governor that picks one (drivers/cpuidle/governors/menu.c, Linux 4.4 and 5.4).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/params.h"
#include "sim/time.h"

namespace isosim::kernel {

struct IdleState {
  std::string_view name;
  std::int64_t latency_us, residency_us;  // what the driver's table says: the governor decides by it
  sim::Time exit;                         // what waking from it really takes
  bool core_off;                          // C3 and deeper: the core no longer counts for the turbo bins
};

// The states of the machine, shallowest first; at least one.
std::vector<IdleState> idle_states(const sim::Settings& settings);

// C1 auto-demotion: least idle period by which a core earns C3 and deeper; zero if the machine has it off.
sim::Time demotion_residency(const sim::Settings& settings);

// One a CPU. Predicts how long the CPU will idle from the next timer and from the last eight idle periods.
class IdleGovernor {
 public:
  explicit IdleGovernor(const sim::Settings& settings);

  // Index of the state to enter, if the next timer of this CPU is `next_timer` away.
  int select(const std::vector<IdleState>& states, sim::Time next_timer);
  // Whether it expected the CPU to be idle for longer than `span`, when it was asked last.
  [[nodiscard]] bool expects(sim::Time span) const { return predicted_us_ * 1'000'000 > span.ps; }
  // The CPU ran again after `idle`, the way out included.
  void reflect(const std::vector<IdleState>& states, sim::Time idle);

 private:
  [[nodiscard]] std::int64_t typical_interval() const;

  static constexpr int resolution = 1024, decay = 8;
  std::array<std::int64_t, 6> correction_{resolution * decay, resolution* decay, resolution* decay,
                                          resolution* decay,  resolution* decay, resolution* decay};
  // A machine that idles before the run wakes each CPU about once in 10 ms.
  std::array<std::int64_t, 8> intervals_{10'000, 10'000, 10'000, 10'000, 10'000, 10'000, 10'000, 10'000};
  std::size_t at_ = 0;
  std::size_t bucket_ = 0;
  std::int64_t next_timer_us_ = 0, predicted_us_ = 0;
  int last_state_ = 0;
  bool takes_least_;
};

}  // namespace isosim::kernel
