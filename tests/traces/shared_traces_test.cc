// Real traces: every line of each is accounted for, and nothing but the known damage is reported.
#include <catch2/catch.hpp>

#include "tests/traces/trace_files.h"
#include "traces/trace.h"

using namespace isosim::traces;

TEST_CASE("every line of every real trace is parsed or reported") {
  const auto files = test_traces();
  REQUIRE(files.size() >= 30);
  for (const auto& file : files) {
    INFO(file.string());
    const Trace trace = Trace::open(file);
    const TraceInfo& info = trace.info();
    CHECK(info.line_counts.total() == count_lines(file));
    CHECK(info.line_counts.problems == trace.problems().size());
    const bool cut = file.filename() == "cut_midline.strace.zst";
    CHECK(info.line_counts.problems == (cut ? 1 : 0));
    std::uint64_t events = 0;
    Event event;
    for (const ThreadInfo& thread : trace.threads()) {
      Cursor cursor = trace.cursor(thread.tid);
      std::uint64_t of_thread = 0, last = 0;
      while (cursor.next(event)) {
        CHECK((of_thread == 0 || event.sequence > last));
        CHECK(event.tid == thread.tid);
        last = event.sequence;
        ++of_thread;
      }
      CHECK(of_thread == thread.events);
      events += of_thread;
    }
    CHECK(events == info.events);
    CHECK(info.line_counts.events == info.events);
    std::uint64_t merged = 0;
    for (MergedCursor all = trace.events(); all.next(event); ++merged) CHECK(event.sequence == merged);
    CHECK(merged == info.events);
  }
}

TEST_CASE("where a cut file ends is reported") {
  const Trace trace = Trace::open(trace_folder() / "cut_midline.strace.zst");
  REQUIRE(trace.problems().size() == 1);
  CHECK(trace.problems()[0].line == trace.info().lines);
  CHECK(trace.problems()[0].reason == "the file ends inside this line");
}
