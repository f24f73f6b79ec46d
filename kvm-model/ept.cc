#include "kvm-model/ept.h"

#include <algorithm>
#include <utility>

namespace isosim::kvm {

void Ept::map(std::uint64_t gpa, bool writable) {
  Block* block = find(gpa);
  if (!block) {
    auto& fresh = blocks_[gpa / kBlock];
    fresh = std::make_unique<Block>();
    block = fresh.get();
  }
  const std::uint64_t mask = std::uint64_t{1} << bit(gpa);
  if ((block->present[word(gpa)] & mask) == 0) ++pages_;
  block->present[word(gpa)] |= mask;
  if (writable) {
    block->writable[word(gpa)] |= mask;
  } else {
    block->writable[word(gpa)] &= ~mask;
  }
  const std::uint64_t table = std::uint64_t{1} << (gpa % kBlock >> 21);
  if ((block->leaf_tables & table) == 0) ++new_tables_;
  block->leaf_tables |= table;
}

std::uint64_t Ept::zap(std::uint64_t start, std::uint64_t end) {
  std::uint64_t zapped = 0;
  for (std::uint64_t at = start / kPage * kPage; at < end;) {
    Block* block = find(at);
    if (!block) {
      at = at / kBlock * kBlock + kBlock;
      continue;
    }
    // All of a word's pages below `end` at once.
    const std::uint64_t first = bit(at), pages = std::min(64 - first, (end - at + kPage - 1) / kPage);
    const std::uint64_t mask = (pages == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << pages) - 1) << first;
    zapped += static_cast<std::uint64_t>(std::popcount(block->present[word(at)] & mask));
    block->present[word(at)] &= ~mask;
    block->writable[word(at)] &= ~mask;
    at += pages * kPage;
  }
  pages_ -= zapped;
  return zapped;
}

void Ept::clear() {
  blocks_.clear();
  recent_ = {};
  pages_ = 0;
}

std::uint64_t Ept::take_new_tables() { return std::exchange(new_tables_, 0); }

}  // namespace isosim::kvm
