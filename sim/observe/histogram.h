// Latencies of any number of operations in constant memory: counts in log-linear buckets (as HdrHistogram has
// them).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "sim/time.h"

namespace isosim::sim {

// Quantiles are exact to one part in 128; count, sum and maximum are exact.
class Histogram {
 public:
  void add(Time span) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(span.ps, 0));
    const std::size_t bucket = index(value);
    if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
    ++buckets_[bucket];
    ++count_;
    sum_ += span;
    max_ = std::max(max_, span);
  }

  // The smallest bucket bound that at least `per_mille` thousandths of the values do not exceed; 0 if there
  // are none.
  [[nodiscard]] Time quantile(unsigned per_mille) const {
    const std::uint64_t rank = (count_ * per_mille + 999) / 1000;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= rank && buckets_[i] != 0) return std::min(max_, upper_bound(i));
    }
    return {};
  }

  void merge(const Histogram& other) {
    buckets_.resize(std::max(buckets_.size(), other.buckets_.size()));
    for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Time sum() const { return sum_; }
  [[nodiscard]] Time max() const { return max_; }

 private:
  // Values below 256 have a bucket each; above, each power of two has 128.
  static constexpr int kSubBits = 7;

  static std::size_t index(std::uint64_t value) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - (kSubBits + 1));
    return (static_cast<std::size_t>(shift) << kSubBits) + static_cast<std::size_t>(value >> shift);
  }
  static Time upper_bound(std::size_t index) {
    if (index < (2u << kSubBits)) return {static_cast<std::int64_t>(index)};
    const std::size_t shift = (index >> kSubBits) - 1;
    const std::size_t top = index - (shift << kSubBits);
    return {static_cast<std::int64_t>(((top + 1) << shift) - 1)};
  }

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  Time sum_, max_;
};

}  // namespace isosim::sim
