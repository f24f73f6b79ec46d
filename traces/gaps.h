// User computation between calls, with what the tracer added taken off.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace isosim::traces {

class Trace;
struct Event;

enum class GapMode : std::uint8_t { recorded, corrected, none };

// strace stops a thread twice a call: the recorded duration holds one stop and resumption (`inside`), the gap
// to the next call the other, with the printing of the line (`outside`). Both depend on whether tracer and
// thread share a CPU, and the kernel moves them, so there are up to two states, told apart by the recorded
// durations of trivial calls.
struct TracerState {
  std::int64_t inside_ns = 0;   // median recorded duration of trivial calls
  std::int64_t outside_ns = 0;  // typical gap in which the program did nothing
  std::int64_t band_ns = 0;     // gaps up to this are within the tracer's own spread
  std::int64_t residue_ns = 0;  // mean computation in gaps within the band
  std::uint64_t samples = 0;    // gaps that the figures rest on
};

struct TracerOverhead {
  std::array<TracerState, 2> states{};  // [0]: the faster
  std::uint8_t state_count = 0;         // 0: the trace has no times, nothing is corrected
  std::int64_t threshold_ns = 0;        // durations of trivial calls from here on: states[1]
  std::string method;                   // one sentence for the user
  double recorded_seconds = 0;          // sum of all gaps
  double corrected_seconds = 0;
};

TracerOverhead estimate_tracer_overhead(const Trace& trace);

// Follows one thread: feed it the thread's events in order.
class GapClock {
 public:
  GapClock(GapMode mode, const TracerOverhead& overhead) : mode_(mode), overhead_(&overhead) {}

  // User computation between the thread's previous event and this one, in ns, at least 0.
  std::int64_t before(const Event& event);

 private:
  GapMode mode_;
  std::uint8_t state_ = 0;  // of the tracer, as the last trivial call showed it
  bool first_ = true;
  std::int64_t previous_end_ns_ = 0;
  const TracerOverhead* overhead_;
};

}  // namespace isosim::traces
