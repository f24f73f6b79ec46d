#include "sim/time.h"

#include <catch2/catch.hpp>

using namespace isosim::sim;

TEST_CASE("time is exact in picoseconds", "[sim]") {
  CHECK(nanoseconds(1) + picoseconds(1) == picoseconds(1001));
  CHECK(milliseconds(2) - microseconds(1) == picoseconds(1'999'000'000));
  CHECK(nanoseconds(3) < microseconds(1));
}
