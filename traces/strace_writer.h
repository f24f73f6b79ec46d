// Events as text of strace -f -ttt -T, one line each, in recorded order. Symbolic names are written as their
// numbers; times have nanoseconds. Reading it again gives the same events (their line apart).
#pragma once

#include <cstdint>
#include <string>

#include "traces/event.h"
#include "traces/info.h"

namespace isosim::traces {

class StraceWriter {
 public:
  // Times of a trace whose absolute time is not known start at 2001-09-09, the 1,000,000,000th second.
  explicit StraceWriter(const TraceInfo& info);

  // Appends one line to `out`.
  void write(const Event& event, std::string& out) const;

 private:
  std::int64_t start_unix_ns_;
};

// A "..." literal with strace's escapes.
void append_quoted(std::string& out, std::string_view bytes, bool truncated);

}  // namespace isosim::traces
