// From rules to a filter program, laid out as libseccomp does it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "kernel-model/abi/syscall.h"

namespace isosim::kernel {

enum class SeccompCompare : std::uint8_t { ne, lt, le, eq, ge, gt, masked_eq };

struct SeccompArgument {
  unsigned index = 0;  // 0 to 5
  SeccompCompare compare = SeccompCompare::eq;
  std::uint64_t value = 0;                 // datum
  std::uint64_t mask = ~std::uint64_t{0};  // masked_eq only
};

struct SeccompRule {
  SysNr nr = 0;
  std::uint32_t action = 0;                // seccomp_ret
  std::vector<SeccompArgument> arguments;  // all must hold
};

struct SeccompRules {
  std::uint32_t default_action = 0;
  std::uint32_t bad_architecture_action = 0;  // libseccomp's default: kill
  // Whether the x32 ABI is allowed too: its chain follows in the same architecture's block, and there is no
  // check that refuses numbers with the x32 bit.
  bool x32 = false;
  std::vector<SeccompRule> rules;
};

// libseccomp 2.3.1 (gen_bpf.c, db.c), as Ubuntu 16.04 shipped it in 2019: load and check the architecture,
// refuse x32 unless it is allowed, then one comparison a call number in a linear chain. Calls without
// argument rules come first, then those with fewer argument comparisons, in the order of their numbers; 2.5's
// binary tree is later. Jumps reach 255 instructions, so return instructions are repeated along the chain.
// Differences: rules of one call that share a comparison are not merged, and other architectures' chains
// (i386), which no x86-64 call enters, are left out. Throws std::invalid_argument on an argument index
// above 5.
std::vector<BpfInstruction> assemble_seccomp(const SeccompRules& rules);

}  // namespace isosim::kernel
