// When a replay in which nothing happens is stuck, although something is pending: a timer that expires again
// and again, or the end of a day's alarm.
#pragma once

#include <algorithm>

#include "sim/time.h"
#include "traces/event.h"
#include "traces/info.h"
#include "workloads/replay/lookahead.h"

namespace isosim::workloads {

class Patience {
 public:
  explicit Patience(const traces::TraceInfo& info);

  // An event of the record begins or is over: something happens.
  void step(sim::Time now) { last_ = std::max(last_, now); }

  // If nothing happens until then, nothing will. `due`: when the last of the threads would be through with
  // what it is at, had that taken as long as in the record.
  [[nodiscard]] sim::Time ends(sim::Time due) const { return std::max(last_, due) + span_; }

  // Somebody had to be helped: the next one is after a shorter time, so that many of them do not add up.
  void lose(sim::Time now);

  // How long the record was at an event.
  static sim::Time recorded_span(const traces::Event& event, Lookahead& ahead);

 private:
  sim::Time span_, least_, last_;
};

}  // namespace isosim::workloads
