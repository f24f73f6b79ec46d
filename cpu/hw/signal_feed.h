// Signal changes on their way from software to SystemC. Software is ahead of SystemC's clock inside its
// window, so each change travels with its time and is applied when the clock gets there. Nothing in the model
// reads these signals: the feed neither shortens the window (but for its memory's sake) nor changes a result.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <systemc>

#include "sim/bridge.h"
#include "sim/systemc.h"

namespace isosim::cpu {

class SignalFeed : public sc_core::sc_module {
 public:
  enum class Signal : std::uint8_t { mode, task, timer_armed };
  struct Change {
    sim::Time at;
    int cpu;
    Signal signal;
    std::uint32_t value;
  };

  SC_HAS_PROCESS(SignalFeed);
  SignalFeed(const sc_core::sc_module_name& module_name, sim::Engine& engine, sim::Bridge& bridge,
             std::function<void(const Change&)> apply)
      : sc_module(module_name), engine_(engine), bridge_(bridge), apply_(std::move(apply)), due_("due") {
    SC_METHOD(catch_up);
    dont_initialize();
    sensitive << due_;
  }

  void post(Change change) {
    change.at = std::max(change.at, bridge_.hardware_now());
    // Mostly at the end: software runs in order of time.
    const auto place = std::upper_bound(changes_.begin(), changes_.end(), change.at,
                                        [](sim::Time at, const Change& other) { return at < other.at; });
    const bool first = place == changes_.begin();
    changes_.insert(place, change);
    if (first) wait_for_first();
    if (changes_.size() >= most) engine_.stop_before(engine_.now());
  }

 private:
  static constexpr std::size_t most = 65536;

  void wait_for_first() {
    if (!changes_.empty()) due_.notify(sim::to_systemc(changes_.front().at - bridge_.hardware_now()));
  }

  void catch_up() {
    bool applied = false;
    for (; !changes_.empty() && changes_.front().at <= bridge_.hardware_now(); changes_.pop_front()) {
      apply_(changes_.front());
      applied = true;
    }
    wait_for_first();
    // SystemC 2.3.4 does not trace what changes at the very last time of a run, so there must be a later one.
    if (applied && changes_.empty()) due_.notify(1, sc_core::SC_PS);
  }

  sim::Engine& engine_;
  sim::Bridge& bridge_;
  std::function<void(const Change&)> apply_;
  std::deque<Change> changes_;
  sc_core::sc_event due_;
};

}  // namespace isosim::cpu
