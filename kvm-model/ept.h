// The second-level page table of a VM, by guest physical page: which pages the guest can reach without an
// exit.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "kvm-model/abi.h"

namespace isosim::kvm {

class Ept {
 public:
  // Whether the processor lets an access to the page of `gpa` through.
  [[nodiscard]] bool allows(std::uint64_t gpa, bool write) {
    const Block* block = find(gpa);
    if (!block) return false;
    const auto& bits = write ? block->writable : block->present;
    return bits[word(gpa)] >> bit(gpa) & 1;
  }
  [[nodiscard]] bool present(std::uint64_t gpa) { return allows(gpa, false); }

  void map(std::uint64_t gpa, bool writable);

  // Takes [start, end) out; returns the pages that were mapped.
  std::uint64_t zap(std::uint64_t start, std::uint64_t end);
  void clear();

  [[nodiscard]] std::uint64_t pages() const { return pages_; }
  // Blocks whose first page came since the last call: each takes a table of every level below the root.
  [[nodiscard]] std::uint64_t take_new_tables();

 private:
  static constexpr std::uint64_t kBlock = std::uint64_t{1} << 27;  // 128 MB: 8 KB of bits
  static constexpr std::size_t kWords = kBlock / kPage / 64;
  struct Block {
    std::array<std::uint64_t, kWords> present{}, writable{};
    std::uint64_t leaf_tables = 0;  // bit n: the n-th 2 MB has a table
  };
  static std::size_t word(std::uint64_t gpa) { return gpa % kBlock / kPage / 64; }
  static std::uint64_t bit(std::uint64_t gpa) { return gpa / kPage % 64; }

  Block* find(std::uint64_t gpa) {
    const std::uint64_t key = gpa / kBlock;
    Recent& recent = recent_[key % recent_.size()];
    if (recent.key == key) return recent.block;
    const auto found = blocks_.find(key);
    if (found == blocks_.end()) return nullptr;
    recent = {key, found->second.get()};
    return recent.block;
  }

  std::unordered_map<std::uint64_t, std::unique_ptr<Block>> blocks_;  // looked up only, never iterated
  struct Recent {
    std::uint64_t key = ~std::uint64_t{0};
    Block* block = nullptr;
  };
  std::array<Recent, 16> recent_{};  // a copy goes to and fro between two places
  std::uint64_t pages_ = 0, new_tables_ = 0;
};

}  // namespace isosim::kvm
