// Which pages of a file are in memory, dirty, or on their way to the disk: a bit each, so that a gigabyte
// costs 100 KB.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace isosim::kernel {

inline constexpr std::uint64_t kPageSize = 4096;
inline constexpr std::uint64_t kPageShift = 12;

class Cgroup;
class Inode;

class PageCache {
 public:
  PageCache() = default;
  ~PageCache();
  PageCache(const PageCache&) = delete;
  PageCache& operator=(const PageCache&) = delete;

  enum class Tag : std::uint8_t { present, dirty, writeback };

  [[nodiscard]] bool test(Tag tag, std::uint64_t page) const;
  // How many of [first, first + count) carry the tag.
  [[nodiscard]] std::uint64_t count(Tag tag, std::uint64_t first, std::uint64_t count) const;
  // Each returns how many pages changed.
  std::uint64_t set(Tag tag, std::uint64_t first, std::uint64_t count);
  std::uint64_t clear(Tag tag, std::uint64_t first, std::uint64_t count);

  struct Range {
    std::uint64_t first = 0;
    std::uint64_t count = 0;  // 0: none
  };
  // The first run of at most `limit` tagged pages at or after `from`.
  [[nodiscard]] Range next(Tag tag, std::uint64_t from, std::uint64_t limit) const;
  // The first run of pages in [first, first + count) that are not present.
  [[nodiscard]] Range next_missing(std::uint64_t first, std::uint64_t count) const;

  [[nodiscard]] std::uint64_t total(Tag tag) const { return totals_[static_cast<std::size_t>(tag)]; }
  void clear_all();

  // mem_cgroup_commit_charge(): `pages` of those present count for `group` until they are cleared. Which ones
  // is not kept: of a file that several groups read, the pages of the last one go first.
  void charge_to(const std::shared_ptr<Cgroup>& group, std::uint64_t pages);
  // Takes up to `pages` clean ones out, lowest first; returns how many.
  std::uint64_t reclaim(std::uint64_t pages);

  const Inode* host = nullptr;  // whose pages they are; null: shared memory without a name

 private:
  void uncharge(std::uint64_t pages);
  struct Charge {
    std::shared_ptr<Cgroup> group;
    std::uint64_t pages;
  };
  static constexpr std::uint64_t kChunkPages = 4096;
  struct Chunk {
    std::array<std::array<std::uint64_t, kChunkPages / 64>, 3> bits{};
  };
  static constexpr std::uint64_t kSmall = 64;  // the first pages live in the object: most files end there

  [[nodiscard]] const std::uint64_t* word(Tag tag, std::uint64_t page) const;  // null: all clear
  std::uint64_t* word_for_update(Tag tag, std::uint64_t page);

  std::array<std::uint64_t, 3> small_{};
  std::array<std::uint64_t, 3> totals_{};
  std::vector<Charge> charges_;            // by first charge; empty while only the root group used it
  std::map<std::uint64_t, Chunk> chunks_;  // by page / kChunkPages
  mutable std::uint64_t last_index_ = ~0ull;
  mutable const Chunk* last_ = nullptr;
};

inline bool PageCache::test(Tag tag, std::uint64_t page) const {
  const std::uint64_t* bits = word(tag, page);
  return bits && (*bits >> (page % 64) & 1);
}

inline const std::uint64_t* PageCache::word(Tag tag, std::uint64_t page) const {
  if (page < kSmall) return &small_[static_cast<std::size_t>(tag)];
  const std::uint64_t index = page / kChunkPages;
  if (index != last_index_) {
    auto it = chunks_.find(index);
    if (it == chunks_.end()) return nullptr;
    last_index_ = index;
    last_ = &it->second;
  }
  return &last_->bits[static_cast<std::size_t>(tag)][page % kChunkPages / 64];
}

}  // namespace isosim::kernel
