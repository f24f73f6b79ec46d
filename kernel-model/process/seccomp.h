// Seccomp filters: what a system call passes before its handler (kernel/seccomp.c).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernel-model/abi/syscall.h"
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/bpf.h"

namespace isosim::kernel {

// Return values of filters (include/uapi/linux/seccomp.h); the lower value wins, as a signed number.
namespace seccomp_ret {
inline constexpr std::uint32_t kill_process = 0x80000000, kill_thread = 0, trap = 0x00030000,
                               error = 0x00050000, trace = 0x7ff00000, log = 0x7ffc0000, allow = 0x7fff0000;
inline constexpr std::uint32_t action_mask = 0xffff0000, data_mask = 0x0000ffff;
}  // namespace seccomp_ret

struct SeccompVerdict {
  std::uint32_t value = seccomp_ret::allow;
  std::uint32_t instructions = 0;  // executed, over all filters
  std::uint32_t filters = 0;       // evaluated
  std::uint8_t looked_at = 0;      // BpfResult::arguments
  // Whether it follows from number and architecture alone.
  [[nodiscard]] bool constant() const { return looked_at == 0; }
  [[nodiscard]] std::uint32_t action() const { return value & seccomp_ret::action_mask; }
  [[nodiscard]] std::uint32_t data() const { return value & seccomp_ret::data_mask; }
};

// The filters of a process, newest first. Immutable: fork shares it, installing makes a new one.
class SeccompChain {
 public:
  // Puts `program`, which bpf_check() accepts, in front of `older` (may be null).
  SeccompChain(std::vector<BpfInstruction> program, std::shared_ptr<const SeccompChain> older);

  // Evaluates every filter, unless the last call of that number had the same in all arguments that were
  // looked at; `filters` and `instructions` of the verdict are what the kernel would execute each time.
  [[nodiscard]] SeccompVerdict evaluate(const Sys& sys) const;

  [[nodiscard]] const std::vector<BpfInstruction>& program() const { return program_; }
  [[nodiscard]] const SeccompChain* older() const { return older_.get(); }
  [[nodiscard]] std::size_t length() const;  // instructions of all filters

  // SECCOMP_MODE_STRICT as a filter: read, write, exit, sigreturn.
  static std::shared_ptr<const SeccompChain> strict();

 private:
  [[nodiscard]] SeccompVerdict run(const SeccompData& data) const;

  std::vector<BpfInstruction> program_;
  std::shared_ptr<const SeccompChain> older_;
  // The last call of each number; none yet: no filters. A function of the programs: nobody sees the order of
  // filling.
  struct Memo {
    SeccompVerdict verdict;
    std::array<std::uint64_t, 6> arguments{};
  };
  mutable std::array<Memo, kSyscallLimit> memo_{};
};

}  // namespace isosim::kernel
