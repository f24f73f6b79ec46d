#include "kernel-model/mm/page_table.h"

#include <iterator>

namespace isosim::kernel {

PageRegion& PageTable::make(Address address) {
  if (PageRegion* region = find(address)) return *region;
  last_key_ = address / kSpan;
  last_ = &regions_[last_key_];
  return *last_;
}

Pte& PageTable::make_entry(Address address, PageRegion*& region, int& tables) {
  region = &make(address);
  if (!region->table) {
    region->table = std::make_unique<std::array<Pte, 512>>();
    ++tables;
  }
  return (*region->table)[address % kSpan / 4096];
}

int PageTable::free_tables(Address start, Address end) {
  int freed = 0;
  auto it = regions_.lower_bound(start / kSpan);
  while (it != regions_.end() && it->first * kSpan < end) {
    if (it->second.present != 0 || it->second.huge.present()) {
      ++it;
      continue;
    }
    freed += it->second.table ? 1 : 0;
    it = regions_.erase(it);
    last_key_ = ~0ull;
  }
  return freed;
}

}  // namespace isosim::kernel
