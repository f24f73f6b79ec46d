// The calls whose lines the reader treats specially (x86-64).
#pragma once

#include <cstdint>

namespace isosim::traces::call {

inline constexpr std::uint16_t getpid = 39;
inline constexpr std::uint16_t clone = 56;
inline constexpr std::uint16_t gettid = 186;
inline constexpr std::uint16_t set_tid_address = 218;

}  // namespace isosim::traces::call
