// Why a guest was left, and how often.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace isosim::kvm {

// VMX basic exit reasons, those that a guest of this model has (Intel SDM 3C, appendix C).
enum class ExitReason : std::uint8_t {
  external_interrupt,  // of the host: its tick, an interrupt from another CPU
  interrupt_window,    // the guest can take an interrupt that user space wants to inject
  cpuid,
  hlt,
  control_register,
  io_instruction,
  msr_read,
  msr_write,
  ept_violation,
  ept_misconfiguration,  // of an entry that marks MMIO
  xsetbv,
};
inline constexpr std::size_t kExitReasons = static_cast<std::size_t>(ExitReason::xsetbv) + 1;

// What KVM's tracepoints count. exits == sum of by_reason == handled_in_kernel + exits that ended KVM_RUN;
// userspace_exits is more than the latter by the calls of KVM_RUN that ended without an exit of their own.
struct ExitCounts {
  std::uint64_t exits = 0;              // kvm_exit: each VM exit, whoever handles it
  std::uint64_t handled_in_kernel = 0;  // of these, those after which KVM entered the guest again
  std::uint64_t userspace_exits = 0;  // kvm_userspace_exit: each return of KVM_RUN that got past vcpu_load()
  std::uint64_t page_faults = 0;      // kvm_page_fault: EPT violations
  std::uint64_t prefetched = 0;       // EPT entries made beside the one that a violation asked for
  std::uint64_t interrupted = 0;      // of userspace_exits, those with EINTR (signal_exits)
  std::array<std::uint64_t, kExitReasons> by_reason{};

  [[nodiscard]] std::uint64_t of(ExitReason reason) const {
    return by_reason[static_cast<std::size_t>(reason)];
  }
};

}  // namespace isosim::kvm
