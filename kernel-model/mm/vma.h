// A virtual memory area: pages of one mapping with the same rights.
#pragma once

#include <cstdint>

#include "kernel-model/fs/file.h"

namespace isosim::kernel {

namespace vm {
inline constexpr std::uint32_t read = 1, write = 2, exec = 4, shared = 8, growsdown = 0x10, locked = 0x20,
                               hugepage = 0x40, nohugepage = 0x80, dontcopy = 0x100, noreserve = 0x200,
                               rights = 7;
}

struct Vma {
  Address start = 0, end = 0;  // whole pages
  std::uint32_t flags = 0;     // vm::*
  std::uint64_t page_offset =
      0;                  // of `start` in the file; start / page size for anonymous ones when they were made
  Ref<File> file;         // null: anonymous
  bool has_anon = false;  // has an anon_vma: a page of its own was written, so fork must copy its tables

  [[nodiscard]] std::uint64_t bytes() const { return end - start; }
  [[nodiscard]] bool contains(Address address) const { return address >= start && address < end; }
  [[nodiscard]] bool is(std::uint32_t flag) const { return (flags & flag) != 0; }
  [[nodiscard]] bool shared() const { return is(vm::shared); }
  [[nodiscard]] std::uint64_t file_page(Address address) const {
    return page_offset + (address - start) / 4096;
  }
};

// can_vma_merge_*(): `second` continues `first`.
bool mergeable(const Vma& first, const Vma& second);

}  // namespace isosim::kernel
