// Seccomp profiles in the JSON format of moby (profiles/seccomp/default.json), turned into rules.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel-model/process/seccomp_assemble.h"

namespace isosim::kernel {

// What the conditions of a profile ("includes", "excludes") are about.
struct SeccompProfileContext {
  std::uint64_t capabilities = 0;  // bits of Cap: those of the container's bounding set
  int kernel_major = 4, kernel_minor = 4;
};

// Names that x86-64 does not know are passed over, as runc does. Throws std::invalid_argument with `where`,
// the JSON pointer and what would be right.
SeccompRules parse_seccomp_profile(std::string_view text, std::string_view where,
                                   const SeccompProfileContext& context);

}  // namespace isosim::kernel
