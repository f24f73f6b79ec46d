#include "workloads/replay/patience.h"

#include "workloads/replay/recorded_time.h"

namespace isosim::workloads {

namespace {

// A platform may be slower at a call than what was recorded. Where a timer of a microsecond runs on, a second
// is long to simulate.
constexpr sim::Time kPatience = sim::milliseconds(2'000), kWithoutTimes = sim::milliseconds(60'000);
constexpr std::int64_t kLeastShare = 16;

}  // namespace

// Without times nothing is known of how long the program waits for what it waits for.
Patience::Patience(const traces::TraceInfo& info)
    : span_(info.timestamps == traces::Timestamps::none ? kWithoutTimes : kPatience),
      least_{span_.ps / kLeastShare} {}

void Patience::lose(sim::Time now) {
  step(now);
  span_ = std::max(sim::Time{span_.ps / 2}, least_);
}

sim::Time Patience::recorded_span(const traces::Event& event, Lookahead& ahead) {
  if (event.duration_ns >= 0) return recorded_time(event.duration_ns);
  const traces::Event* next = ahead.peek(0);
  return next ? recorded_time(next->start_ns - event.start_ns) : sim::Time{};
}

}  // namespace isosim::workloads
