// Spans of the record as spans of simulated time, which has 106 days in all.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/time.h"

namespace isosim::workloads {

// A replay is given up when it has simulated so much, so that a span more still fits.
inline constexpr sim::Time kLongestReplay = sim::milliseconds(30LL * 86'400'000);

// In ns, 46 days: a date that no replay reaches. That much later than kLongestReplay still fits.
inline constexpr std::int64_t kNever = 4'000'000'000'000'000;

// `ns` as recorded; none if negative, 30 days at most.
inline sim::Time recorded_time(std::int64_t ns) {
  return sim::nanoseconds(std::clamp<std::int64_t>(ns, 0, kLongestReplay.ps / 1000));
}

}  // namespace isosim::workloads
