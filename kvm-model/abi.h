// The interface of /dev/kvm (include/uapi/linux/kvm.h, arch/x86/include/uapi/asm/kvm.h): request numbers and
// what their argument points to. A caller puts the address of one of these structures into Sys::at[2].
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernel-model/abi/payload.h"

namespace isosim::kvm {

inline constexpr std::uint64_t kPage = 4096;
// KVM_GET_VCPU_MMAP_SIZE: struct kvm_run, data of port accesses, ring of coalesced MMIO.
inline constexpr std::uint64_t kRunBytes = 3 * kPage;

namespace request {
inline constexpr std::uint64_t get_api_version = 0xAE00, create_vm = 0xAE01, check_extension = 0xAE03,
                               get_vcpu_mmap_size = 0xAE04, get_supported_cpuid = 0xC008AE05;
inline constexpr std::uint64_t create_vcpu = 0xAE41, set_user_memory_region = 0x4020AE46,
                               set_tss_addr = 0xAE47, set_identity_map_addr = 0x4008AE48,
                               create_irqchip = 0xAE60, irqfd = 0x4020AE76, create_pit2 = 0x4040AE77,
                               ioeventfd = 0x4040AE79;
inline constexpr std::uint64_t run = 0xAE80, get_regs = 0x8090AE81, set_regs = 0x4090AE82,
                               get_sregs = 0x8138AE83, set_sregs = 0x4138AE84, interrupt = 0x4004AE86,
                               get_msrs = 0xC008AE88, set_msrs = 0x4008AE89, set_signal_mask = 0x4004AE8B,
                               get_fpu = 0x81A0AE8C, set_fpu = 0x41A0AE8D, set_cpuid2 = 0x4008AE90,
                               get_tsc_khz = 0xAEA3;
}  // namespace request

namespace extension {  // KVM_CAP_*
inline constexpr std::uint64_t irqchip = 0, hlt = 1, user_memory = 3, set_tss_addr = 4, ext_cpuid = 7,
                               nr_vcpus = 9, nr_memslots = 10, mp_state = 14, sync_mmu = 16, irqfd = 32,
                               ioeventfd = 36, xsave = 55, tsc_control = 60, get_tsc_khz = 61, max_vcpus = 66,
                               readonly_mem = 81;
}

// kvm_run::exit_reason.
namespace run_exit {
inline constexpr std::uint32_t unknown = 0, io = 2, hlt = 5, mmio = 6, irq_window_open = 7, intr = 10,
                               internal_error = 17;
}

inline constexpr std::int64_t kApiVersion = 12;
inline constexpr std::uint32_t kUserSlots = 509;
inline constexpr std::uint32_t slot_log_dirty_pages = 1, slot_readonly = 2;

struct UserMemoryRegion final : kernel::IoctlArgument {
  UserMemoryRegion(std::uint32_t id, std::uint64_t gpa, std::uint64_t size, kernel::Address hva,
                   std::uint32_t slot_flags = 0)
      : slot(id), flags(slot_flags), guest_phys_addr(gpa), memory_size(size), userspace_addr(hva) {}
  std::uint32_t slot, flags;
  std::uint64_t guest_phys_addr, memory_size;  // bytes; size 0 deletes the slot
  kernel::Address userspace_addr;
};

struct CpuidEntry {
  std::uint32_t function = 0, index = 0, flags = 0, eax = 0, ebx = 0, ecx = 0, edx = 0;
};
struct Cpuid final : kernel::IoctlArgument {  // KVM_GET_SUPPORTED_CPUID fills it up to `capacity`
  std::size_t capacity = 100;
  std::vector<CpuidEntry> entries;
};

struct Regs final : kernel::IoctlArgument {
  std::array<std::uint64_t, 18> value{};  // rax .. r15, rip, rflags
};
struct Sregs final : kernel::IoctlArgument {
  std::uint64_t cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0, cr8 = 0, efer = 0, apic_base = 0;
};
struct Fpu final : kernel::IoctlArgument {
  std::uint16_t fcw = 0x37F;
  std::uint32_t mxcsr = 0x1F80;
};

struct Msr {
  std::uint32_t index = 0;
  std::uint64_t data = 0;
};
struct Msrs final : kernel::IoctlArgument {
  std::vector<Msr> entries;
};

struct SignalMask final : kernel::IoctlArgument {
  std::uint64_t mask = 0;  // bit n-1: signal n is blocked in KVM_RUN
};
struct Interrupt final : kernel::IoctlArgument {
  std::uint32_t irq = 0;  // vector
};

struct IrqFd final : kernel::IoctlArgument {
  std::int32_t fd = -1;
  std::uint32_t gsi = 0, flags = 0;  // flag 1: deassign
};
struct IoEventFd final : kernel::IoctlArgument {
  std::uint64_t datamatch = 0, address = 0;
  std::uint32_t length = 0;  // bytes: 0, 1, 2, 4 or 8
  std::int32_t fd = -1;
  std::uint32_t flags = 0;  // 1: datamatch, 2: port, 4: deassign
};

}  // namespace isosim::kvm
