// Reads all that a trace has, by thread and in order, and decodes what looks like structures.
#pragma once

#include "traces/structure.h"
#include "traces/trace.h"

namespace isosim::traces {

inline std::uint64_t read_everything(const Trace& trace) {
  std::uint64_t events = 0, sum = 0;
  std::string bytes;
  Event event;
  for (const ThreadInfo& thread : trace.threads()) {
    for (Cursor cursor = trace.cursor(thread.tid); cursor.next(event); ++events) {
      for (unsigned i = 0; i < event.argc; ++i) {
        const Arg& arg = event.args[i];
        for (const char c : arg.text) sum += static_cast<unsigned char>(c);
        for (const char c : arg.note) sum += static_cast<unsigned char>(c);
        for (const Field& field : fields(changed(arg.text))) {
          sum += static_cast<std::uint64_t>(integer(field.value).value_or(0));
          sum += string(field.value, bytes) ? bytes.size() : annotation(field.value).size();
        }
      }
    }
  }
  std::uint64_t merged = 0;
  for (MergedCursor all = trace.events(); all.next(event);) ++merged;
  return sum == ~std::uint64_t{0} ? merged : events;
}

}  // namespace isosim::traces
