#include "workloads/replay/address_map.h"

#include <iterator>

namespace isosim::workloads {

void AddressMap::remove(std::uint64_t recorded, std::uint64_t length) {
  const std::uint64_t end = recorded + length;
  auto it = ranges_.upper_bound(recorded);
  if (it != ranges_.begin()) --it;
  while (it != ranges_.end() && it->first < end) {
    const auto [start, range] = *it;
    if (range.end <= recorded) {
      ++it;
      continue;
    }
    it = ranges_.erase(it);
    if (start < recorded) ranges_.emplace(start, Range{recorded, range.emulated});
    if (range.end > end) it = ranges_.emplace(end, Range{range.end, range.emulated + (end - start)}).first;
  }
}

void AddressMap::add(std::uint64_t recorded, std::uint64_t emulated, std::uint64_t length) {
  if (length == 0) return;
  remove(recorded, length);
  ranges_.emplace(recorded, Range{recorded + length, emulated});
}

std::uint64_t AddressMap::translate(std::uint64_t recorded) const {
  auto it = ranges_.upper_bound(recorded);
  if (it == ranges_.begin()) return 0;
  --it;
  return recorded < it->second.end ? it->second.emulated + (recorded - it->first) : 0;
}

}  // namespace isosim::workloads
