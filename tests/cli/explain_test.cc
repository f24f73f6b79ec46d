// isosim explain: the sequence of a call, on every kind of platform.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/cli/command.h"

namespace {

bool has(const CommandResult& run, const std::string& text) {
  return run.output.find(text) != std::string::npos;
}

std::size_t lines(const CommandResult& run) {
  return static_cast<std::size_t>(std::count(run.output.begin(), run.output.end(), '\n'));
}

std::string first_words(const CommandResult& run) {
  return run.output.substr(0, run.output.find(" charges"));
}

constexpr const char* kOpen = "'openat(AT_FDCWD, \"/mnt/volume/f\", O_RDWR) = 3' ";
constexpr const char* kClose = "'close(3) = 0' ";

}  // namespace

TEST_CASE("explain tells an open through the Gofer as a sequence", "[cli][explain]") {
  const std::string command = std::string("explain ") + kClose + kOpen + "--platform gvisor-kvm";
  const auto run = run_isosim(command);
  INFO(run.output);
  REQUIRE(run.status == 0);
  // From the application into the Sentry, out of the guest, to the Gofer, and back; in this order.
  std::size_t at = 0;
  for (const char* step :
       {"application -> Sentry", "-> Tgetattr{fid=1 mask=all} 19 B", "redpill: guest ring 0",
        "host call sendmsg", "wakes gofer handler", "waits for gofer handler", "] Tgetattr",
        "wakes the program", "<- Rgetattr{valid=", "-> Twalkgetattr{", "names=[\"f\"]}", "<- Rwalkgetattr{",
        "-> Tlopen{", "flags=RDWR}", "] Tlopen", "] host call openat", "<- Rlopen{", "bluepill: host ring 3",
        "Sentry -> application"}) {
    const std::size_t found = run.output.find(step, at);
    INFO(step);
    REQUIRE(found != std::string::npos);
    at = found;
  }
  CHECK(run_isosim(command).output == run.output);
}

TEST_CASE("explain --all lists every charge of the same call", "[cli][explain]") {
  const std::string platform = GENERATE("native", "runc", "gvisor-kvm", "gvisor-ptrace");
  const std::string command = std::string("explain ") + kOpen + "--platform " + platform;
  const auto folded = run_isosim(command), all = run_isosim(command + " --all");
  INFO(folded.output << all.output);
  REQUIRE(folded.status == 0);
  REQUIRE(all.status == 0);
  CHECK(first_words(folded) == first_words(all));
  CHECK(lines(folded) < lines(all));
  const std::string words = first_words(all);
  const std::size_t charges = std::stoul(words.substr(words.rfind(' ') + 1));
  CHECK(lines(all) > charges);
  CHECK(has(folded, "where the time goes"));
}

TEST_CASE("explain runs all calls again for the warm one, and says what failed", "[cli][explain]") {
  const auto pair = run_isosim(std::string("explain ") + kOpen + kClose);
  INFO(pair.output);
  CHECK(pair.status == 0);
  CHECK_FALSE(has(pair, "returned"));
  const auto alone = run_isosim(std::string("explain ") + kClose);
  CHECK(has(alone, "close returned -9 here, not 0"));
  CHECK(run_isosim("explain 'this is no call'").status == 1);
}
