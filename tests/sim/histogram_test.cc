#include "sim/observe/histogram.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace isosim::sim;

TEST_CASE("quantiles are within one part in 128 of the exact ones", "[histogram]") {
  Histogram histogram;
  std::vector<std::int64_t> values;
  std::uint64_t x = 1;
  for (int i = 0; i < 20000; ++i) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    values.push_back(static_cast<std::int64_t>((x >> 33) % 1'000'000 * (1 + i % 1000)));
    histogram.add({values.back()});
  }
  std::sort(values.begin(), values.end());
  for (const unsigned per_mille : {1u, 500u, 950u, 990u, 999u}) {
    const auto exact = static_cast<double>(values[(values.size() * per_mille + 999) / 1000 - 1]);
    const auto found = static_cast<double>(histogram.quantile(per_mille).ps);
    CHECK(found >= exact);
    CHECK(found <= exact * (1 + 1.0 / 128) + 1);
  }
  CHECK(histogram.max().ps == values.back());
  CHECK(histogram.count() == values.size());
}

TEST_CASE("merging is adding both", "[histogram]") {
  Histogram a, b, both;
  for (int i = 0; i < 100; ++i) a.add(nanoseconds(i)), both.add(nanoseconds(i));
  for (int i = 0; i < 50; ++i) b.add(microseconds(i)), both.add(microseconds(i));
  a.merge(b);
  CHECK(a.count() == both.count());
  CHECK(a.sum() == both.sum());
  CHECK(a.quantile(990) == both.quantile(990));
}
