// Which pages of the memory file hold which pages of a file (fsutil.FileRangeSet): segments in order,
// neighbours that are contiguous in both merged.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace isosim::models {

class FileRanges {
 public:
  struct Piece {
    std::uint64_t first, count;  // pages of the file
    std::uint64_t at;            // page of the memory file
    bool hole;                   // has none
  };

  // The segment or hole at `page`, cut to `count` pages.
  [[nodiscard]] Piece piece(std::uint64_t page, std::uint64_t count) const;
  // Fills a hole.
  void insert(std::uint64_t first, std::uint64_t count, std::uint64_t at);
  // Drops [first, first + count); returns what they were.
  std::vector<Piece> drop(std::uint64_t first, std::uint64_t count);

  [[nodiscard]] std::uint64_t pages() const { return pages_; }
  [[nodiscard]] std::size_t segments() const { return segments_.size(); }

 private:
  struct Segment {
    std::uint64_t count, at;
  };
  std::map<std::uint64_t, Segment> segments_;  // by first page
  std::uint64_t pages_ = 0;
};

}  // namespace isosim::models
