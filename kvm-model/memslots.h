// The memory slots of a VM: ranges of guest physical memory and the host addresses that stand for them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kvm-model/abi.h"

namespace isosim::kvm {

struct Memslot {
  std::uint32_t id = 0, flags = 0;
  std::uint64_t gpa = 0, bytes = 0;
  kernel::Address hva = 0;
  [[nodiscard]] std::uint64_t end() const { return gpa + bytes; }
  [[nodiscard]] bool contains(std::uint64_t address) const { return address >= gpa && address < end(); }
};

class Memslots {
 public:
  enum class Change : std::uint8_t { none, create, remove, move, flags };

  // __kvm_set_memory_region(): 0, or -EINVAL (alignment, slot number, flags, a change that is not allowed),
  // -EEXIST (overlap).
  std::int64_t set(const UserMemoryRegion& region, Change& change);

  // gfn_to_memslot(); null: no slot, so the access is MMIO.
  [[nodiscard]] const Memslot* find(std::uint64_t gpa) const;

  [[nodiscard]] const std::vector<Memslot>& all() const { return slots_; }  // by gpa

 private:
  std::vector<Memslot> slots_;
  mutable std::size_t last_ = 0;  // lru_slot
};

}  // namespace isosim::kvm
