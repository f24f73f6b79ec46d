#include "models/sentry/fs/file_ranges.h"

#include <algorithm>
#include <iterator>

namespace isosim::models {

FileRanges::Piece FileRanges::piece(std::uint64_t page, std::uint64_t count) const {
  auto next = segments_.upper_bound(page);
  if (next != segments_.begin()) {
    const auto& [first, segment] = *std::prev(next);
    const std::uint64_t offset = page - first;
    if (offset < segment.count)
      return {page, std::min(count, segment.count - offset), segment.at + offset, false};
  }
  if (next != segments_.end()) count = std::min(count, next->first - page);
  return {page, count, 0, true};
}

void FileRanges::insert(std::uint64_t first, std::uint64_t count, std::uint64_t at) {
  pages_ += count;
  auto next = segments_.lower_bound(first);
  if (next != segments_.end() && next->first == first + count && next->second.at == at + count) {
    count += next->second.count;
    next = segments_.erase(next);
  }
  if (next != segments_.begin()) {
    auto& [before, segment] = *std::prev(next);
    if (before + segment.count == first && segment.at + segment.count == at) {
      segment.count += count;
      return;
    }
  }
  segments_.emplace_hint(next, first, Segment{count, at});
}

std::vector<FileRanges::Piece> FileRanges::drop(std::uint64_t first, std::uint64_t count) {
  std::vector<Piece> dropped;
  const std::uint64_t end = count > ~0ull - first ? ~0ull : first + count;
  auto it = segments_.upper_bound(first);
  if (it != segments_.begin()) --it;
  while (it != segments_.end() && it->first < end) {
    const auto [start, segment] = *it;
    const std::uint64_t last = start + segment.count;
    if (last <= first) {
      ++it;
      continue;
    }
    it = segments_.erase(it);
    const std::uint64_t from = std::max(start, first), to = std::min(last, end);
    if (start < from) segments_.emplace(start, Segment{from - start, segment.at});
    if (to < last) segments_.emplace(to, Segment{last - to, segment.at + (to - start)});
    dropped.push_back({from, to - from, segment.at + (from - start), false});
    pages_ -= to - from;
  }
  return dropped;
}

}  // namespace isosim::models
