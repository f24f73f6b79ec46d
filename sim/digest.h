// A digest over the event stream: two runs that differ in one charge differ in it.
#pragma once

#include <bit>
#include <cstdint>

namespace isosim::sim {

class Digest {
 public:
  // Two multiplies a step would show in the charge benchmark; one and a rotation do.
  void mix(std::uint64_t a, std::uint64_t b) {
    state_ = (std::rotl(state_, 23) ^ (a + 0x9E3779B97F4A7C15u)) * 0xD6E8FEB86659FD93u + b;
  }
  [[nodiscard]] std::uint64_t value() const {
    std::uint64_t x = state_;
    x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93u;
    return x ^ (x >> 32);
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace isosim::sim
