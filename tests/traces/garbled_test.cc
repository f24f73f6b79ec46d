// Cut, flipped and spliced inputs: an error or a trace, never a crash, and the account of lines holds.
#include <catch2/catch.hpp>

#include "tests/traces/event_text.h"
#include "tests/traces/trace_files.h"

using namespace isosim::traces;

namespace {

// splitmix64: the same damage in every run.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t n) {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (z ^ z >> 31) % n;
  }

 private:
  std::uint64_t state_;
};

std::string garble(std::string text, Random& random) {
  if (random.below(2) == 0) text.resize(random.below(text.size()) + 1);
  for (std::uint64_t n = random.below(20); n > 0; --n) {
    const std::size_t at = random.below(text.size());
    switch (random.below(4)) {
      case 0:
        text[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        text[at] = "\"\\<>[]{}(),=? \n"[random.below(15)];
        break;
      case 2:
        text.erase(at, random.below(30));
        break;
      default:
        text.insert(at, text.substr(random.below(text.size()), random.below(60)));
    }
    if (text.empty()) text = "\n";
  }
  return text;
}

void read_all_events(const Trace& trace) {
  std::uint64_t events = 0;
  Event event;
  for (MergedCursor all = trace.events(); all.next(event);) ++events;
  CHECK(events == trace.info().events);
}

}  // namespace

TEST_CASE("garbled texts") {
  Random random(1);
  for (const char* name : {"oddities.strace.zst", "oddities_stderr.strace.zst", "opt_C.strace.zst",
                           "opt_y_tt.strace.zst", "openssl_like_gzip.strace.zst", "hello_dyn.strace.zst"}) {
    const std::string text = unpacked(trace_folder() / name);
    for (int round = 0; round < 60; ++round) {
      const std::string bad = garble(text, random);
      INFO(name << " round " << round);
      try {
        const Trace trace = Trace::parse(bad);
        read_all_events(trace);
        const auto feeds = static_cast<std::uint64_t>(std::count(bad.begin(), bad.end(), '\n'));
        CHECK(trace.info().line_counts.total() == feeds + (bad.back() != '\n'));
        // What is written from a garbled trace reads back, too, but may not be the same where garbage was
        // taken for text.
        Trace::parse(as_strace(trace));
      } catch (const TraceError& error) {
        CHECK(std::string(error.what()).size() > 10);
      }
    }
  }
}

TEST_CASE("garbled archives") {
  Random random(2);
  const std::string packed = [] {
    auto raw = open_input(trace_folder() / "oddities_ff.ff.tar.zst");
    return read_all(*raw, 1u << 30, "tar");
  }();
  for (int round = 0; round < 60; ++round) {
    try {
      read_all_events(Trace::parse(garble(packed, random)));
    } catch (const TraceError&) {
    }
  }
}

TEST_CASE("a binary file with a flipped bit is refused before a wrong event comes out of it") {
  const Trace trace = Trace::open(trace_folder() / "oddities.strace.zst");
  const auto bytes = trace.bytes();
  const auto expected = shown(trace);
  Random random(3);
  for (int round = 0; round < 400; ++round) {
    std::vector<std::byte> bad(bytes.begin(), bytes.end());
    const std::size_t at = random.below(bad.size());
    bad[at] ^= static_cast<std::byte>(1u << random.below(8));
    INFO("byte " << at);
    try {
      const auto got = shown(Trace::from_binary(bad));
      CHECK(got == expected);  // only bytes without a meaning may change
    } catch (const TraceError&) {
    }
  }
}

TEST_CASE("a cut binary file is refused") {
  const Trace trace = Trace::open(trace_folder() / "hello_dyn.strace.zst");
  const auto bytes = trace.bytes();
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_THROWS_AS(Trace::from_binary(bytes.first(n)), TraceError);
  CHECK_THROWS_WITH(Trace::from_binary(bytes.first(bytes.size() - 1)),
                    Catch::Contains("cut, or never finished"));
}

TEST_CASE("a call that the end of the text leaves incomplete is accounted for") {
  for (const char* text : {"+++ exited with 3 +++\nt(\n", "getpid() = 7\nread(3, \"a\nb\n"}) {
    INFO(text);
    const Trace trace = Trace::parse(text);
    const std::string_view all = text;
    CHECK(trace.info().line_counts.total() ==
          static_cast<std::uint64_t>(std::count(all.begin(), all.end(), '\n')));
    CHECK(trace.info().line_counts.problems > 0);
    REQUIRE_FALSE(trace.problems().empty());
    CHECK(trace.problems()[0].line == 2);
  }
}
