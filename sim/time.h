// Simulated time: an integer count of picoseconds since the start of the run.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace isosim::sim {

// A point in time or a span, in picoseconds. 2^63 ps are 106 days; nothing here comes near.
struct Time {
  std::int64_t ps = 0;

  constexpr auto operator<=>(const Time&) const = default;
  constexpr Time& operator+=(Time d) { return ps += d.ps, *this; }
  constexpr Time& operator-=(Time d) { return ps -= d.ps, *this; }
  friend constexpr Time operator+(Time a, Time b) { return {a.ps + b.ps}; }
  friend constexpr Time operator-(Time a, Time b) { return {a.ps - b.ps}; }
  friend constexpr Time operator*(Time a, std::int64_t n) { return {a.ps * n}; }

  [[nodiscard]] constexpr double seconds() const {
    return static_cast<double>(ps) * 1e-12;
  }  // for output only

  static constexpr Time max() { return {std::numeric_limits<std::int64_t>::max()}; }
};

constexpr Time picoseconds(std::int64_t n) { return {n}; }
constexpr Time nanoseconds(std::int64_t n) { return {n * 1'000}; }
constexpr Time microseconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Time milliseconds(std::int64_t n) { return {n * 1'000'000'000}; }

}  // namespace isosim::sim
