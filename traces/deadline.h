// Points in time that calls name as deadlines (FUTEX_WAIT_BITSET, TIMER_ABSTIME, TFD_TIMER_ABSTIME). They are
// of the recorded machine's clocks; what a replay needs is how far off they were when the call was made.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "traces/event.h"

namespace isosim::traces {

class Trace;

struct Deadline {
  bool since_epoch = false;  // of CLOCK_REALTIME; else of CLOCK_MONOTONIC or its kin
  std::int64_t at_ns = 0;
  std::size_t argument = 0;  // index of the one that holds it
};

// Nothing: the event names no point in time.
std::optional<Deadline> absolute_deadline(const Event& event);

class Deadlines {
 public:
  explicit Deadlines(const Trace& trace) : trace_(&trace) {}

  // From the event's start until `deadline`, in ns, at least 0. Nothing: the trace does not tell where that
  // clock stood, and the call did not end by its deadline.
  std::optional<std::int64_t> remaining(const Event& event, const Deadline& deadline);

 private:
  struct Clocks {
    // What CLOCK_MONOTONIC and CLOCK_REALTIME read at the first event: the latest that is shown. A call that
    // ended by its deadline shows that the clock was there when it returned, one that read a clock as well.
    std::array<std::optional<std::int64_t>, 2> at_start;
  };
  const Clocks& clocks();

  const Trace* trace_;
  std::optional<Clocks> clocks_;  // read from the trace when first asked for
};

}  // namespace isosim::traces
