#include "sim/random.h"

#include <array>
#include <catch2/catch.hpp>

using namespace isosim::sim;

TEST_CASE("streams are reproducible and independent of each other") {
  Random a(1, "disk"), again(1, "disk"), other_name(1, "net"), other_seed(2, "disk");
  int same_name = 0, same_seed = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t x = a.next();
    CHECK(x == again.next());
    same_name += x == other_name.next();
    same_seed += x == other_seed.next();
  }
  CHECK(same_name == 0);
  CHECK(same_seed == 0);
}

TEST_CASE("bounded numbers stay in their bounds and are even") {
  Random random(42, "dice");
  std::array<int, 6> seen{};
  for (int i = 0; i < 60'000; ++i) ++seen[random.below(6)];
  for (const int count : seen) CHECK(count == Approx(10'000).epsilon(0.05));
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t x = random.between(-3, 3);
    CHECK((x >= -3 && x <= 3));
  }
  CHECK(random.below(1) == 0);
  CHECK(random.between(7, 7) == 7);
  CHECK_FALSE(random.chance(0, 10));
  CHECK(random.chance(10, 10));
}
