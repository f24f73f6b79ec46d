// Numbers of the memory calls (include/uapi/asm-generic/mman*.h, x86-64).
#pragma once

#include <cstdint>

namespace isosim::kernel {

namespace prot {
inline constexpr std::uint64_t read = 1, write = 2, exec = 4, growsdown = 0x01000000, growsup = 0x02000000;
}

namespace map_flag {
inline constexpr std::uint64_t shared = 0x01, shared_private = 0x02, type = 0x0f, fixed = 0x10,
                               anonymous = 0x20, growsdown = 0x0100, locked = 0x2000, noreserve = 0x4000,
                               populate = 0x8000, hugetlb = 0x40000;
}

namespace advice {
inline constexpr std::uint64_t normal = 0, random = 1, sequential = 2, willneed = 3, dontneed = 4, remove = 9,
                               dontfork = 10, dofork = 11, hwpoison = 100, mergeable = 12, unmergeable = 13,
                               hugepage = 14, nohugepage = 15, dontdump = 16, dodump = 17, soft_offline = 101;
}

namespace rlimit_index {
inline constexpr std::size_t data = 2, stack = 3, memlock = 8, as = 9;
}

inline constexpr std::uint64_t kPage = 4096;
inline constexpr std::uint64_t kHugePage = 2u << 20;

constexpr std::uint64_t page_down(std::uint64_t address) { return address & ~(kPage - 1); }
constexpr std::uint64_t page_up(std::uint64_t address) { return (address + kPage - 1) & ~(kPage - 1); }

// TASK_SIZE of 4-level paging, and what is below it when nothing is randomised.
inline constexpr std::uint64_t kTaskSize = 0x7ffffffff000;
inline constexpr std::uint64_t kMmapMinimum = 0x10000;     // vm.mmap_min_addr
inline constexpr std::uint64_t kStackGuard = 256 * kPage;  // stack_guard_gap
inline constexpr std::uint64_t kPieBase = 0x555555554000;  // ELF_ET_DYN_BASE, two thirds of TASK_SIZE

}  // namespace isosim::kernel
