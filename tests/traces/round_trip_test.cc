// Text to binary to text loses nothing: reading what was written gives the same events.
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/traces/event_text.h"
#include "tests/traces/trace_files.h"
#include "traces/binary_format.h"
#include "traces/convert.h"

using namespace isosim::traces;

TEST_CASE("text written from events reads as the same events") {
  for (const auto& file : test_traces()) {
    INFO(file.string());
    const Trace first = Trace::open(file);
    const Trace second = Trace::parse(as_strace(first), "written");
    CHECK(second.info().line_counts.problems == 0);
    CHECK(second.info().lines == first.info().events);
    const auto before = shown(first), after = shown(second);
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] != after[i]) FAIL(before[i] << "\n" << after[i]);
    }
  }
}

TEST_CASE("files convert both ways") {
  const auto folder = std::filesystem::temp_directory_path() / "isosim_round_trip_test";
  std::filesystem::create_directories(folder);
  for (const char* name : {"oddities.strace.zst", "oddities_ff.ff.tar.zst", "oddities_stderr.strace.zst",
                           "py_import_numpy.strace.zst"}) {
    INFO(name);
    const auto text = trace_folder() / name, binary = folder / "t.trace", again = folder / "t.strace.zst";
    const Conversion there = convert(text, binary);
    CHECK(there.target == Target::binary);
    const Conversion back = convert(binary, again);
    CHECK(back.target == Target::strace);
    CHECK(back.events == there.events);
    const Trace original = Trace::open(text);
    CHECK(shown(Trace::open(binary)) == shown(original));
    CHECK(shown(Trace::open(again)) == shown(original));
    CHECK(Trace::open(binary).info().line_counts.total() == original.info().line_counts.total());
    CHECK(describe(Trace::open(binary)) == describe(original));
  }
  CHECK_THROWS_AS(convert(folder / "t.trace", folder / "t.trace"), TraceError);
  CHECK_THROWS_AS(convert(folder / "t.trace", folder / "no such folder" / "x"), std::runtime_error);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a call takes at most 48 bytes beside its strings") {
  for (const auto& file : test_traces()) {
    INFO(file.string());
    const Trace trace = Trace::open(file);
    std::uint64_t bytes = 0;
    const auto image = trace.bytes();
    for (std::size_t at = sizeof(FileHeader);;) {  // blocks follow one another up to the directory
      BlockHeader block;
      std::memcpy(&block, image.data() + at, sizeof block);
      if (block.magic != kBlockMagic) break;
      if (block.thread != kStringBlock) bytes += sizeof block + block.payload_bytes;
      at += sizeof block + block.payload_bytes;
    }
    CHECK(bytes > 8 * trace.info().events);
    CHECK(bytes <= 48 * trace.info().events);
  }
}
