// The binary format on its own: what the writer is given, the reader gives back.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/traces/event_text.h"
#include "traces/binary_writer.h"

using namespace isosim::traces;

namespace {

Event numbered(std::uint64_t i) {
  Event e;
  e.nr = 0;
  e.name = "read";
  e.tid = static_cast<std::int32_t>(100 + i % 3);
  e.start_ns = static_cast<std::int64_t>(i * 1000);
  e.duration_ns = i % 5 == 0 ? -1 : static_cast<std::int64_t>(i % 977);
  e.sequence = i;
  e.line = i + 1;
  e.result = static_cast<std::int64_t>(i % 4096);
  e.argc = 3;
  e.args[0] = {Arg::Kind::integer, false, 3, {}, {}};
  e.args[1] = {Arg::Kind::string, i % 2 == 0, 0, {}, {}};
  e.args[2] = {Arg::Kind::integer, false, static_cast<std::int64_t>(i << 40), {}, {}};
  return e;
}

}  // namespace

TEST_CASE("many blocks of several threads come back in order") {
  const auto path = std::filesystem::temp_directory_path() / "isosim_binary_test.trace";
  constexpr std::uint64_t kEvents = 60'000;
  {
    BinaryWriter out(path);
    for (std::uint64_t i = 0; i < kEvents; ++i) {
      Event e = numbered(i);
      const std::string text = "buffer " + std::to_string(i % 20'000);
      e.args[1].text = text;
      e.args[0].note = "/etc/passwd";
      out.add(e);
    }
    out.finish({}, {});
    out.commit();
  }
  const Trace trace = Trace::open(path);
  CHECK(trace.info().events == kEvents);
  REQUIRE(trace.threads().size() == 3);
  std::uint64_t i = 0;
  bool same = true;
  Event event;
  for (MergedCursor all = trace.events(); all.next(event); ++i) {
    Event e = numbered(i);
    const std::string text = "buffer " + std::to_string(i % 20'000);
    e.args[1].text = text;
    e.args[0].note = "/etc/passwd";
    same &= shown(e) == shown(event);
  }
  CHECK(same);
  CHECK(i == kEvents);
  // Cursors of one thread do not disturb each other.
  Cursor a = trace.cursor(101), b = trace.cursor(101);
  Event first;
  REQUIRE(a.next(event));
  while (a.next(event)) {
  }
  REQUIRE(b.next(first));
  CHECK(first.sequence == 1);
  CHECK_THROWS_AS(trace.cursor(5), TraceError);
  std::filesystem::remove(path);
}

TEST_CASE("every field survives") {
  Event e;
  e.kind = EventKind::call;
  e.return_kind = ReturnKind::restart;
  e.injected = true;
  e.nr = 0xFFFF;
  e.name = "syscall_0x3e7";
  e.tid = 7;
  e.start_ns = -5;
  e.duration_ns = INT64_MAX;
  e.result = INT64_MIN;
  e.error = 516;
  e.signal = -1;
  e.return_text = "(flags)";
  e.signal_info = "{x}";
  e.line = UINT64_MAX;
  e.argc = 7;
  for (int i = 0; i < 7; ++i) {
    e.args[i] = {static_cast<Arg::Kind>(i % 4), i % 2 == 0, i == 6 ? INT64_MIN : i, "text", "note"};
  }
  std::vector<std::uint8_t> bytes;
  BinaryWriter out(bytes);
  out.add(e);
  out.finish({}, {});
  const Trace trace = Trace::from_binary(std::as_bytes(std::span(bytes)));
  const auto events = events_of(trace);
  REQUIRE(events.size() == 1);
  CHECK(shown(events[0]) == shown(e));
  CHECK(events[0].line == e.line);
}

TEST_CASE("the directory keeps what is known of the trace") {
  TraceInfo info;
  info.source = Source::strace_ff;
  info.timestamps = Timestamps::unix_time;
  info.has_durations = info.has_descriptor_details = true;
  info.start_unix_ns = 1795322766457491000;
  info.lines = 12;
  info.line_counts.notices = 3;
  info.line_counts.problems = 1;
  const Problem problem{"file", 9, "reason", "text"};
  std::vector<std::uint8_t> bytes;
  BinaryWriter out(bytes);
  out.add(numbered(0));
  out.finish(info, {&problem, 1});
  const Trace trace = Trace::from_binary(std::as_bytes(std::span(bytes)));
  CHECK(trace.info().source == Source::strace_ff);
  CHECK(trace.info().start_unix_ns == info.start_unix_ns);
  CHECK(trace.info().has_durations);
  CHECK_FALSE(trace.info().has_descriptor_paths);
  CHECK(trace.info().line_counts.notices == 3);
  REQUIRE(trace.problems().size() == 1);
  CHECK(trace.problems()[0].reason == "reason");
}

TEST_CASE("a file that was not finished does not stay") {
  const auto path = std::filesystem::temp_directory_path() / "isosim_unfinished_test.trace";
  { BinaryWriter(path).add(numbered(0)); }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_THROWS_AS(BinaryWriter("/nonexistent/folder/file"), std::runtime_error);
}

TEST_CASE("a newer version is named as such") {
  std::vector<std::uint8_t> bytes;
  BinaryWriter out(bytes);
  out.add(numbered(0));
  out.finish({}, {});
  bytes[8] = 9;
  CHECK_THROWS_WITH(Trace::from_binary(std::as_bytes(std::span(bytes))), Catch::Contains("version 9"));
}
