// Any text is a trace or a TraceError; all its lines are accounted for; what is written from it can be read
// again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "tests/fuzz/read_everything.h"
#include "traces/input.h"
#include "traces/strace_writer.h"
#include "traces/tar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isosim::traces;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const Trace trace = Trace::parse(text);
    if (read_everything(trace) != trace.info().events) std::abort();
    if (detect_packing(text) == Packing::plain && !is_tar(text)) {
      const auto feeds = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
      if (trace.info().line_counts.total() != feeds + (text.back() != '\n' ? 1 : 0)) std::abort();
    }
    const StraceWriter writer(trace.info());
    std::string written;
    Event event;
    for (MergedCursor all = trace.events(); all.next(event);) writer.write(event, written);
    read_everything(Trace::parse(written));
  } catch (const TraceError&) {
  }
  return 0;
}
