#include "kernel-model/fs/page_cache.h"

#include <algorithm>
#include <bit>

#include "kernel-model/process/cgroup.h"

namespace isosim::kernel {

namespace {

// Bits [first % 64, ...) of the word that holds `first`, at most `count` of them.
std::uint64_t mask_of(std::uint64_t first, std::uint64_t count) {
  const std::uint64_t bit = first % 64;
  const std::uint64_t width = std::min(count, 64 - bit);
  return (width == 64 ? ~0ull : (1ull << width) - 1) << bit;
}

}  // namespace

std::uint64_t* PageCache::word_for_update(Tag tag, std::uint64_t page) {
  if (page < kSmall) return &small_[static_cast<std::size_t>(tag)];
  Chunk& chunk = chunks_[page / kChunkPages];
  return &chunk.bits[static_cast<std::size_t>(tag)][page % kChunkPages / 64];
}

std::uint64_t PageCache::count(Tag tag, std::uint64_t first, std::uint64_t count) const {
  std::uint64_t found = 0;
  while (count > 0) {
    const std::uint64_t step = std::min(count, 64 - first % 64);
    if (const std::uint64_t* bits = word(tag, first)) {
      found += static_cast<std::uint64_t>(std::popcount(*bits & mask_of(first, count)));
    }
    first += step;
    count -= step;
  }
  return found;
}

std::uint64_t PageCache::set(Tag tag, std::uint64_t first, std::uint64_t count) {
  std::uint64_t changed = 0;
  while (count > 0) {
    const std::uint64_t mask = mask_of(first, count);
    std::uint64_t* bits = word_for_update(tag, first);
    changed += static_cast<std::uint64_t>(std::popcount(mask & ~*bits));
    *bits |= mask;
    const std::uint64_t step = std::min(count, 64 - first % 64);
    first += step;
    count -= step;
  }
  totals_[static_cast<std::size_t>(tag)] += changed;
  return changed;
}

std::uint64_t PageCache::clear(Tag tag, std::uint64_t first, std::uint64_t count) {
  std::uint64_t changed = 0;
  while (count > 0 && totals_[static_cast<std::size_t>(tag)] > changed) {
    if (word(tag, first)) {
      const std::uint64_t mask = mask_of(first, count);
      std::uint64_t* bits = word_for_update(tag, first);
      changed += static_cast<std::uint64_t>(std::popcount(mask & *bits));
      *bits &= ~mask;
    } else if (const auto it = chunks_.lower_bound(first / kChunkPages); it == chunks_.end()) {
      break;
    } else {  // skip to the next chunk that exists
      const std::uint64_t skip = std::min(count, it->first * kChunkPages - first);
      first += skip;
      count -= skip;
      continue;
    }
    const std::uint64_t step = std::min(count, 64 - first % 64);
    first += step;
    count -= step;
  }
  totals_[static_cast<std::size_t>(tag)] -= changed;
  if (tag == Tag::present && !charges_.empty()) uncharge(changed);
  return changed;
}

PageCache::Range PageCache::next(Tag tag, std::uint64_t from, std::uint64_t limit) const {
  if (totals_[static_cast<std::size_t>(tag)] == 0) return {};
  while (true) {  // find the first tagged page
    const std::uint64_t* bits = word(tag, from);
    if (!bits) {
      const auto it = chunks_.lower_bound(from / kChunkPages);
      if (it == chunks_.end()) return {};
      from = it->first * kChunkPages;
      continue;
    }
    const std::uint64_t rest = *bits >> (from % 64);
    if (rest != 0) {
      from += static_cast<std::uint64_t>(std::countr_zero(rest));
      break;
    }
    from += 64 - from % 64;
    if (from >= kSmall && chunks_.empty()) return {};
    if (from / kChunkPages > (chunks_.empty() ? 0 : chunks_.rbegin()->first)) return {};
  }
  Range run{from, 0};
  while (run.count < limit && test(tag, run.first + run.count)) ++run.count;
  return run;
}

PageCache::Range PageCache::next_missing(std::uint64_t first, std::uint64_t count) const {
  const std::uint64_t end = first + count;
  while (first < end && test(Tag::present, first)) ++first;
  Range run{first, 0};
  while (first + run.count < end && !test(Tag::present, first + run.count)) ++run.count;
  return run;
}

PageCache::~PageCache() { uncharge(~std::uint64_t{0}); }

void PageCache::charge_to(const std::shared_ptr<Cgroup>& group, std::uint64_t pages) {
  const auto same = [&](const Charge& charge) { return charge.group == group; };
  const auto found = std::find_if(charges_.begin(), charges_.end(), same);
  if (found != charges_.end()) {
    found->pages += pages;
  } else {
    charges_.push_back({group, pages});
    group->caches.push_back(this);
  }
}

// Pages that were there before the first charge are the root group's, and the last to go.
void PageCache::uncharge(std::uint64_t pages) {
  while (pages > 0 && !charges_.empty()) {
    Charge& last = charges_.back();
    const std::uint64_t part = std::min(pages, last.pages);
    last.group->uncharge_memory(part);
    last.pages -= part;
    pages -= part;
    if (last.pages > 0) continue;
    std::erase(last.group->caches, this);
    charges_.pop_back();
  }
}

std::uint64_t PageCache::reclaim(std::uint64_t pages) {
  std::uint64_t freed = 0;
  for (Range run = next(Tag::present, 0, kChunkPages); run.count != 0 && freed < pages;
       run = next(Tag::present, run.first + run.count, kChunkPages)) {
    for (std::uint64_t page = run.first; page < run.first + run.count && freed < pages; ++page)
      if (!test(Tag::dirty, page) && !test(Tag::writeback, page)) freed += clear(Tag::present, page, 1);
  }
  return freed;
}

void PageCache::clear_all() {
  uncharge(~std::uint64_t{0});
  small_ = {};
  totals_ = {};
  chunks_.clear();
  last_index_ = ~0ull;
  last_ = nullptr;
}

}  // namespace isosim::kernel
