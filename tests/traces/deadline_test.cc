#include "traces/deadline.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "traces/trace.h"

using namespace isosim::traces;

namespace {

// What remains until each call's deadline; -1: it names none, -2: the trace does not tell.
std::vector<std::int64_t> remaining(std::string_view text) {
  const Trace trace = Trace::parse(text);
  Deadlines deadlines(trace);
  std::vector<std::int64_t> all;
  MergedCursor events = trace.events();
  for (Event e; events.next(e);) {
    const auto deadline = absolute_deadline(e);
    all.push_back(deadline ? deadlines.remaining(e, *deadline).value_or(-2) : -1);
  }
  return all;
}

}  // namespace

TEST_CASE("spans are not points in time, and neither is a timer that is disarmed") {
  CHECK(remaining("1 futex(0x7f00, FUTEX_WAIT, 0, {tv_sec=1, tv_nsec=0}) = 0\n"
                  "1 futex(0x7f00, FUTEX_WAIT_BITSET, 0, NULL, FUTEX_BITSET_MATCH_ANY) = 0\n"
                  "1 clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=1, tv_nsec=0}, NULL) = 0\n"
                  "1 timerfd_settime(3, TFD_TIMER_ABSTIME, {it_interval={tv_sec=0, tv_nsec=0}, "
                  "it_value={tv_sec=0, tv_nsec=0}}, NULL) = 0\n") ==
        std::vector<std::int64_t>{-1, -1, -1, -1});
}

TEST_CASE("the absolute stamps of a trace place CLOCK_REALTIME") {
  CHECK(remaining("1 1700000000.500000 getuid() = 0 <0.000010>\n"
                  "1 1700000001.500000 futex(0x7f00, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 0, "
                  "{tv_sec=1700000003, tv_nsec=0}, FUTEX_BITSET_MATCH_ANY) = 0 <0.100000>\n") ==
        std::vector<std::int64_t>{-1, 1'500'000'000});
}

TEST_CASE("a call that ended by its deadline, or read the clock, places CLOCK_MONOTONIC") {
  const std::string_view sleep =
      "1 1700000000.000000 clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=60, tv_nsec=0}, NULL) = 0 "
      "<0.500000>\n";
  const std::string_view read =
      "1 1700000000.000000 clock_gettime(CLOCK_MONOTONIC, {tv_sec=59, tv_nsec=500000000}) = 0 <0.000000>\n";
  const std::string_view wait =
      "1 1700000001.000000 futex(0x7f00, FUTEX_WAIT_BITSET, 0, {tv_sec=61, tv_nsec=0}, "
      "FUTEX_BITSET_MATCH_ANY) = 0 <0.100000>\n";
  CHECK(remaining(std::string(sleep).append(wait)).back() == 500'000'000);
  CHECK(remaining(std::string(read).append(wait)).back() == 500'000'000);
  CHECK(remaining(wait).back() == -2);  // woken before: when it would have ended, nobody knows
}

TEST_CASE("a late return does not move the clock: the earliest counts") {
  const auto all = remaining(
      "1 1700000000.000000 clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=60, tv_nsec=0}, NULL) = 0 "
      "<0.700000>\n"
      "1 1700000001.000000 clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=61, tv_nsec=0}, NULL) = 0 "
      "<0.500000>\n");
  CHECK(all == std::vector<std::int64_t>{500'000'000, 500'000'000});
}
