// Random numbers that are the same on every machine and library: one stream a purpose, named and seeded.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace isosim::sim {

// xoshiro256** 1.0 (Blackman and Vigna, 2018), seeded through splitmix64 from the run's seed and the stream's
// name, so that a new stream changes no number of the others.
class Random {
 public:
  Random(std::uint64_t run_seed, std::string_view stream);

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound), without bias; `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound);

  // Uniform in [low, high], both included; low <= high.
  std::int64_t between(std::int64_t low, std::int64_t high);

  // True `numerator` times out of `denominator`.
  bool chance(std::uint64_t numerator, std::uint64_t denominator) { return below(denominator) < numerator; }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace isosim::sim
