// User computation between calls, with what the tracer added taken off.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace isosim::traces {

class Trace;
struct Event;

enum class GapMode : std::uint8_t { recorded, corrected, none };

// strace stops a thread twice a call. The recorded duration holds one stop and resumption (`inside`); the gap
// to the next call holds the other, and the printing of the line (`outside`). Both depend on whether tracer
// and thread share a CPU, and the kernel moves them, so there are up to two states, told apart by the
// recorded durations of trivial calls.
struct TracerState {
  std::int64_t inside_ns = 0;   // median recorded duration of trivial calls
  std::int64_t outside_ns = 0;  // most frequent gap: one in which the program did next to nothing
  std::int64_t band_ns =
      0;  // gaps up to this differ from that by no more than the tracer's own spread: no computation
  std::uint64_t samples = 0;  // gaps that the figures rest on
};

struct TracerOverhead {
  std::array<TracerState, 2> states{};  // [0]: the faster
  std::uint8_t state_count = 0;         // 0: nothing to go by, nothing is corrected
  std::int64_t threshold_ns = 0;        // durations below this: states[0]; only with two states
  bool timed = true;                    // false: the trace has no times, so no gaps either
  std::uint64_t events = 0;             // from the beginning of the trace, that were looked at
  double recorded_seconds = 0;          // sum of the gaps between them
  double corrected_seconds = 0;
  std::string method;  // one sentence for the user
};

// Looks at no more than the first million events.
TracerOverhead estimate_tracer_overhead(const Trace& trace);

// A longer one (7 days) is no computation: the clock that wrote the times was set.
inline constexpr std::int64_t kClockStep = 7LL * 86'400 * 1'000'000'000;

// Follows one thread: feed it the thread's events in order.
class GapClock {
 public:
  GapClock(GapMode mode, const TracerOverhead& overhead) : mode_(mode), overhead_(&overhead) {}

  // User computation between the thread's previous event and this one, in ns, from 0 to kClockStep.
  std::int64_t before(const Event& event);

  [[nodiscard]] bool first() const { return first_; }  // no event yet
  [[nodiscard]] std::uint8_t state() const {
    return state_;
  }  // index into TracerOverhead::states, for the last gap

 private:
  GapMode mode_;
  std::uint8_t state_ = 0;  // of the tracer, as the calls around the gap show it
  bool first_ = true;
  bool previous_trivial_ = false;
  std::int64_t previous_duration_ns_ = -1;
  std::int64_t previous_end_ns_ = 0;
  const TracerOverhead* overhead_;
};

}  // namespace isosim::traces
