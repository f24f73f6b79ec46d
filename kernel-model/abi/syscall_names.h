// The x86-64 system calls by number and name.
#pragma once

#include <optional>
#include <string_view>

#include "abi/x86_64.h"
#include "kernel-model/abi/syscall.h"

namespace isosim::kernel {

namespace nr = abi::nr;  // numbers as constants: nr::openat

inline constexpr SysNr kSyscallLimit = abi::kCallLimit;  // one past the highest number

// The name of a call; "syscall_0x..." is not made here: an unknown number gives an empty view.
std::string_view syscall_name(SysNr nr);

// The number of a call by its x86-64 name.
std::optional<SysNr> syscall_number(std::string_view name);

}  // namespace isosim::kernel
