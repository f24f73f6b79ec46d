// Page tables of one address space: a leaf table for each 2 MB that has pages, 4 bytes an entry.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>

#include "kernel-model/abi/payload.h"

namespace isosim::kernel {

// An entry: frame number and bits.
struct Pte {
  static constexpr std::uint32_t kPresent = 1u << 27, kWritable = 1u << 28, kFile = 1u << 29,
                                 kDirty = 1u << 30,
                                 kProtNone = 1u << 31,  // mapped, but the area allows nothing
      kFrame = kPresent - 1;
  std::uint32_t bits = 0;

  [[nodiscard]] bool present() const { return bits & kPresent; }
  [[nodiscard]] bool writable() const { return bits & kWritable; }
  // Whether the processor lets user code through.
  [[nodiscard]] bool allows(bool write) const {
    const std::uint32_t needed = kPresent | (write ? kWritable : 0);
    return (bits & (needed | kProtNone)) == needed;
  }
  [[nodiscard]] bool file() const {
    return bits & kFile;
  }  // a page of the page cache; has no frame number here
  [[nodiscard]] bool dirty() const { return bits & kDirty; }
  [[nodiscard]] std::uint32_t frame() const { return bits & kFrame; }
};

// What one page-directory entry maps: a table of 512 entries, or one huge page.
struct PageRegion {
  std::unique_ptr<std::array<Pte, 512>> table;
  std::uint32_t present = 0;  // entries of the table
  Pte huge;
};

class PageTable {
 public:
  using Map = std::map<std::uint64_t, PageRegion>;  // by address / 2 MB
  static constexpr std::uint64_t kSpan = 2u << 20;

  [[nodiscard]] PageRegion* find(Address address);
  PageRegion& make(Address address);

  // The entry of a page; null where there is no table.
  [[nodiscard]] Pte* entry(Address address);
  // The entry, with a table made for it if there is none; `tables` grows by the tables that this took.
  Pte& make_entry(Address address, PageRegion*& region, int& tables);

  // Visits each present entry of [start, end): visit(address, pte, region). Huge pages are visited once, with
  // region.huge.
  template <class Visit>
  void each(Address start, Address end, Visit visit) {
    for (auto it = regions_.lower_bound(start / kSpan); it != regions_.end() && it->first * kSpan < end;
         ++it) {
      const Address base = it->first * kSpan;
      PageRegion& region = it->second;
      if (region.huge.present()) visit(base, region.huge, region);
      if (!region.table) continue;
      const Address from = start > base ? start : base;
      const Address to = end < base + kSpan ? end : base + kSpan;
      for (Address at = from; at < to && region.present != 0; at += 4096) {
        Pte& pte = (*region.table)[(at - base) / 4096];
        if (pte.present()) visit(at, pte, region);
      }
    }
  }

  // free_pgtables(): gives back tables of [start, end) that hold nothing; returns how many.
  int free_tables(Address start, Address end);

  [[nodiscard]] std::size_t tables() const { return regions_.size(); }

 private:
  Map regions_;
  std::uint64_t last_key_ = ~0ull;
  PageRegion* last_ = nullptr;
};

inline PageRegion* PageTable::find(Address address) {
  const std::uint64_t key = address / kSpan;
  if (key == last_key_) return last_;
  auto it = regions_.find(key);
  if (it == regions_.end()) return nullptr;
  last_key_ = key;
  return last_ = &it->second;
}

inline Pte* PageTable::entry(Address address) {
  PageRegion* region = find(address);
  return region && region->table ? &(*region->table)[address % kSpan / 4096] : nullptr;
}

}  // namespace isosim::kernel
