// Answers that differ from a record because it was made on another machine and a newer kernel.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel-model/abi/syscall.h"

namespace isosim::models {

// Why `returned` is known to differ between machines or kernel versions; empty if it is not.
std::string_view machine_difference(const kernel::Sys& sys, std::int64_t returned);

}  // namespace isosim::models
