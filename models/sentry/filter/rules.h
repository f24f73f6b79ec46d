// Rules of gVisor's seccomp filters and the program made of them (pkg/seccomp).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "kernel-model/abi/payload.h"

namespace isosim::models {

// What each argument must be; nothing: anything. gVisor's lists compare whole 64-bit registers for equality
// only.
using FilterRule = std::array<std::optional<std::uint64_t>, 6>;

// A rule from arguments (0 to 5) and what they must be.
FilterRule where(std::initializer_list<std::pair<unsigned, std::uint64_t>> arguments);

// By system call number as the kernel sees it (-1, with which the Sentry leaves the guest, is 0xffffffff). A
// call with no rules passes with any arguments, one with several if one of them holds.
class FilterRules {
 public:
  using Calls = std::map<std::uint32_t, std::vector<FilterRule>>;

  FilterRules(std::initializer_list<Calls::value_type> calls) : calls_(calls) {}

  // SyscallRules.Merge: what allowed anything before, or does in `more`, gets an empty rule in its place in
  // the list, so the conditions that stand before it are still tried first.
  void merge(const FilterRules& more);

  [[nodiscard]] const Calls& calls() const { return calls_; }

  // BuildProgram: checks the architecture, finds the number in a balanced binary tree, then tries its rules
  // in order. What matches is allowed, everything else gets `otherwise` (seccomp_ret). `padding`: loads of
  // the architecture in front, each executed by every call.
  [[nodiscard]] std::vector<kernel::BpfInstruction> assemble(std::uint32_t otherwise,
                                                             std::uint32_t padding = 0) const;

 private:
  Calls calls_;
};

}  // namespace isosim::models
