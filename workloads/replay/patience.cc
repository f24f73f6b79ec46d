#include "workloads/replay/patience.h"

namespace isosim::workloads {

namespace {

// A platform may be slower than what was recorded, by more than a short record is long; after a long one,
// nobody wants to wait for as long again.
constexpr sim::Time kShortest = sim::milliseconds(5'000), kLongest = sim::milliseconds(60'000);
constexpr std::int64_t kLeastShare = 16;

}  // namespace

// Without times nothing is known of how long the program waits for what it waits for.
Patience::Patience(const traces::TraceInfo& info)
    : span_(info.timestamps == traces::Timestamps::none
                ? kLongest
                : std::clamp(sim::nanoseconds(info.end_ns), kShortest, kLongest)),
      least_{span_.ps / kLeastShare} {}

void Patience::lose(sim::Time now) {
  step(now);
  span_ = std::max(sim::Time{span_.ps / 2}, least_);
}

sim::Time Patience::recorded_span(const traces::Event& event, Lookahead& ahead) {
  if (event.duration_ns >= 0) return sim::nanoseconds(event.duration_ns);
  const traces::Event* next = ahead.peek(0);
  return next ? sim::nanoseconds(std::max<std::int64_t>(next->start_ns - event.start_ns, 0)) : sim::Time{};
}

}  // namespace isosim::workloads
