// Address translation: how many memory references a page walk makes, and what they cost.
#pragma once

#include <cstdint>

#include "cpu/cpu.h"
#include "sim/params.h"

namespace isosim::cpu {

class Tlb {
 public:
  Tlb(const MachineSpec& spec, const sim::Settings& settings);

  // References of one walk over a working set of `footprint` bytes in 4 KB pages, through one table or, in a
  // guest with nested paging, two (each of the guest's references is itself translated: at most 4 x 5 + 4 =
  // 24).
  [[nodiscard]] int references(std::uint64_t footprint, bool nested) const;

  // Cost of one walk in thousandths of cycles. Its last-level entries lie where 8 bytes a page of the
  // footprint fit. Walks overlap where the machine has two walkers.
  [[nodiscard]] std::int64_t walk_millicycles(std::uint64_t footprint, bool nested,
                                              std::int64_t dram_millicycles) const;

  // Walks that follow a flush, before the working set is translated again.
  [[nodiscard]] std::uint64_t refill_walks() const { return hot_entries_; }

  // Misses of one pass over `footprint` bytes: none while the second level holds all of it.
  [[nodiscard]] std::uint64_t misses(std::uint64_t footprint) const;

 private:
  std::int64_t l1_bytes_, l2_bytes_, l3_bytes_;
  std::int64_t l1_latency_, l2_latency_, l3_latency_;  // cycles
  std::uint64_t entries_, pde_entries_, hot_entries_;
  std::int64_t walkers_;
};

}  // namespace isosim::cpu
