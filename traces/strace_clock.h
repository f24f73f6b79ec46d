// From the times that strace prints to one that never runs backwards.
#pragma once

#include <algorithm>
#include <cstdint>

#include "traces/info.h"

namespace isosim::traces {

class StraceClock {
 public:
  // `printed` as strace gave it. The result is monotonic: -t and -tt go on over midnight, a clock that was
  // set back is held.
  std::int64_t advance(Timestamps kind, std::int64_t printed) {
    if (kind == Timestamps::relative) return last_ = add(last_, printed);
    if (started_ && add(printed, shift_) < last_) {
      constexpr std::int64_t kHour = 3'600'000'000'000;
      const std::int64_t back = last_ - add(printed, shift_);
      const bool midnight = kind != Timestamps::unix_time && back > 12 * kHour;
      shift_ = add(shift_, midnight ? 24 * kHour : back);
      steps_ += midnight ? 0 : 1;
    }
    started_ = true;
    return last_ = std::max(last_, add(printed, shift_));
  }
  [[nodiscard]] std::int64_t last() const { return last_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  // A garbled trace may say anything: times end at 2096, where sums of them do not overflow yet.
  static std::int64_t add(std::int64_t a, std::int64_t b) {
    constexpr std::int64_t kLast = 4'000'000'000'000'000'000;
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? kLast : std::min(sum, kLast);
  }

  std::int64_t last_ = 0, shift_ = 0;
  std::uint64_t steps_ = 0;
  bool started_ = false;
};

}  // namespace isosim::traces
