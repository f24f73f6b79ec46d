#include "traces/gaps.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/traces/trace_files.h"
#include "traces/trace.h"

namespace isosim::traces {
namespace {

// Calls of getpid that each take `inside` us, 1 us of which more or less by turns, with gaps of `outside` us,
// and every tenth gap `work` us longer.
std::string loop(int calls, int inside, int outside, int work, int start = 0) {
  std::string text;
  std::int64_t now = 1'700'000'000'000'000 + start;
  for (int i = 0; i < calls; ++i) {
    const int took = inside + i % 3 - 1;
    text += fmt::format("7 {}.{:06} getpid() = 7 <0.{:06}>\n", now / 1'000'000, now % 1'000'000, took);
    now += took + outside + i % 3 - 1 + (i % 10 == 9 ? work : 0);
  }
  return text;
}

std::int64_t sum(const Trace& trace, GapMode mode, const TracerOverhead& overhead) {
  GapClock clock(mode, overhead);
  std::int64_t total = 0;
  MergedCursor events = trace.events();
  for (Event e; events.next(e);) total += clock.before(e);
  return total;
}

TEST_CASE("the tracer's share of gaps is what most gaps have, the rest is the program's") {
  const Trace trace = Trace::parse(loop(1001, 50, 70, 1000));
  const TracerOverhead overhead = estimate_tracer_overhead(trace);
  REQUIRE(overhead.state_count == 1);
  CHECK(overhead.states[0].outside_ns == Approx(70'000).epsilon(0.05));
  CHECK(overhead.states[0].inside_ns == Approx(50'000).epsilon(0.05));
  // 100 stretches of 1 ms of work.
  CHECK(static_cast<double>(sum(trace, GapMode::corrected, overhead)) == Approx(100e6).epsilon(0.01));
  CHECK(overhead.corrected_seconds == Approx(0.1).epsilon(0.01));
  CHECK(sum(trace, GapMode::recorded, overhead) == Approx(170e6).epsilon(0.01));
  CHECK(sum(trace, GapMode::none, overhead) == 0);
}

TEST_CASE("a tracer that moves to the thread's CPU has a second state") {
  const Trace trace = Trace::parse(loop(500, 9, 20, 300) + loop(500, 60, 80, 300, 1'000'000));
  const TracerOverhead overhead = estimate_tracer_overhead(trace);
  REQUIRE(overhead.state_count == 2);
  CHECK(overhead.states[0].outside_ns == Approx(20'000).epsilon(0.1));
  CHECK(overhead.states[1].outside_ns == Approx(80'000).epsilon(0.1));
  CHECK(overhead.threshold_ns > 10'000);
  CHECK(overhead.threshold_ns < 60'000);
}

TEST_CASE("a trace without times has no gaps, and says so") {
  const Trace trace = Trace::parse("7 getpid() = 7\n7 getpid() = 7\n");
  const TracerOverhead overhead = estimate_tracer_overhead(trace);
  CHECK(overhead.state_count == 0);
  CHECK_FALSE(overhead.method.empty());
  CHECK(sum(trace, GapMode::corrected, overhead) == 0);
  CHECK(sum(trace, GapMode::recorded, overhead) == 0);
}

TEST_CASE("gaps are those of a thread, whatever others do meanwhile") {
  const Trace trace = Trace::parse(
      "1 1700000000.000000 getpid() = 1 <0.000010>\n"
      "2 1700000000.000050 getpid() = 2 <0.000010>\n"
      "1 1700000000.000100 read(0,  <unfinished ...>\n"
      "2 1700000000.000150 getpid() = 2 <0.000010>\n"
      "1 1700000000.000200 <... read resumed>\"\", 10) = 0 <0.000100>\n"
      "1 1700000000.000230 getpid() = 1 <0.000010>\n");
  TracerOverhead none;
  GapClock clock(GapMode::recorded, none);
  Cursor cursor = trace.cursor(1);
  std::vector<std::int64_t> gaps;
  for (Event e; cursor.next(e);) gaps.push_back(clock.before(e));
  CHECK(gaps == std::vector<std::int64_t>{0, 90'000, 30'000});
}

TEST_CASE("correction never adds, never goes below nothing, and keeps long computation") {
  for (const auto& file : test_traces()) {
    INFO(file);
    const Trace trace = Trace::open(file);
    const TracerOverhead overhead = estimate_tracer_overhead(trace);
    CHECK(overhead.corrected_seconds <= overhead.recorded_seconds);
    for (const ThreadInfo& thread : trace.threads()) {
      GapClock recorded(GapMode::recorded, overhead), corrected(GapMode::corrected, overhead);
      Cursor cursor = trace.cursor(thread.tid);
      for (Event e; cursor.next(e);) {
        const std::int64_t before = recorded.before(e), after = corrected.before(e);
        REQUIRE(after >= 0);
        REQUIRE(after <= before);
        if (before > 10'000'000) REQUIRE(after > before * 9 / 10);
      }
    }
  }
}

}  // namespace
}  // namespace isosim::traces
