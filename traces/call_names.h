// Names and numbers of the x86-64 system calls, as strace prints them.
#pragma once

#include <cstdint>
#include <string_view>

#include "abi/x86_64.h"

namespace isosim::traces {

inline constexpr std::uint16_t kUnknownCall = 0xFFFF;
using abi::kCallLimit;

struct CallName {
  std::string_view name;  // static; empty if unknown
  std::uint16_t nr;
};

CallName find_call(std::string_view name);
// Empty for a number without a name.
std::string_view call_name(std::uint16_t nr);

}  // namespace isosim::traces
