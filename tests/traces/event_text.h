// An event as a line of text that shows everything but its line: what round trips must preserve.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "traces/strace_writer.h"
#include "traces/trace.h"

namespace isosim::traces {

inline std::string shown(const Event& e) {
  std::string out = fmt::format(
      "#{} tid {} at {} for {} kind {} {}({}) = {} kind {} error {} signal {} injected {} text '{}' info "
      "'{}'",
      e.sequence, e.tid, e.start_ns, e.duration_ns, static_cast<int>(e.kind), e.name, e.nr, e.result,
      static_cast<int>(e.return_kind), e.error, e.signal, e.injected, e.return_text, e.signal_info);
  for (unsigned i = 0; i < e.argc; ++i) {
    const Arg& a = e.args[i];
    out +=
        fmt::format(" [{} {} {} '{}' <{}>]", static_cast<int>(a.kind), a.truncated, a.value, a.text, a.note);
  }
  return out;
}

inline std::vector<std::string> shown(const Trace& trace) {
  std::vector<std::string> out;
  Event event;
  for (MergedCursor events = trace.events(); events.next(event);) out.push_back(shown(event));
  return out;
}

inline std::string as_strace(const Trace& trace) {
  const StraceWriter writer(trace.info());
  std::string text;
  Event event;
  for (MergedCursor events = trace.events(); events.next(event);) writer.write(event, text);
  return text;
}

// The events of a short text, one trace a test. The trace must live as long as they do.
inline std::vector<Event> events_of(const Trace& trace) {
  std::vector<Event> out;
  Event event;
  for (MergedCursor events = trace.events(); events.next(event);) out.push_back(event);
  return out;
}

}  // namespace isosim::traces
