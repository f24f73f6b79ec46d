#include "kernel-model/mm/vma_tree.h"

#include <algorithm>
#include <iterator>

#include "kernel-model/mm/mman.h"

namespace isosim::kernel {

bool mergeable(const Vma& first, const Vma& second) {
  return first.end == second.start && first.flags == second.flags && first.file == second.file &&
         !first.is(vm::growsdown) && first.page_offset + first.bytes() / kPage == second.page_offset;
}

Vma* VmaTree::find(Address address) {
  auto it = areas_.upper_bound(address);
  if (it != areas_.begin()) {
    auto before = std::prev(it);
    if (before->second.end > address) return &before->second;
  }
  return it == areas_.end() ? nullptr : &it->second;
}

Vma* VmaTree::at(Address address) {
  Vma* area = find(address);
  return area && area->start <= address ? area : nullptr;
}

Vma& VmaTree::insert(Vma area, int& changes) {
  bytes_ += area.bytes();
  ++changes;
  auto next = areas_.lower_bound(area.start);
  if (next != areas_.begin()) {
    auto before = std::prev(next);
    if (mergeable(before->second, area)) {
      before->second.end = area.end;
      before->second.has_anon |= area.has_anon;
      if (next != areas_.end() && mergeable(before->second, next->second)) {
        before->second.end = next->second.end;
        before->second.has_anon |= next->second.has_anon;
        areas_.erase(next);
        ++changes;
      }
      return before->second;
    }
  }
  if (next != areas_.end() && mergeable(area, next->second)) {
    area.end = next->second.end;
    area.has_anon |= next->second.has_anon;
    next = areas_.erase(next);
  }
  const Address start = area.start;
  return areas_.emplace_hint(next, start, std::move(area))->second;
}

void VmaTree::split(Address at, int& changes) {
  Vma* area = this->at(at);
  if (!area || area->start == at) return;
  Vma upper = *area;
  upper.start = at;
  upper.page_offset += (at - area->start) / kPage;
  area->end = at;
  areas_.emplace(at, std::move(upper));
  ++changes;
}

void VmaTree::join(Address start, Address end, int& changes) {
  auto it = areas_.lower_bound(start);
  if (it != areas_.begin()) --it;
  while (it != areas_.end() && it->first <= end) {
    auto next = std::next(it);
    if (next == areas_.end()) return;
    if (mergeable(it->second, next->second)) {
      it->second.end = next->second.end;
      it->second.has_anon |= next->second.has_anon;
      areas_.erase(next);
      ++changes;
    } else {
      it = next;
    }
  }
}

std::vector<Vma> VmaTree::remove(Address start, Address end, int& changes) {
  std::vector<Vma> removed;
  split(start, changes);
  split(end, changes);
  auto it = areas_.lower_bound(start);
  while (it != areas_.end() && it->first < end) {
    bytes_ -= it->second.bytes();
    removed.push_back(std::move(it->second));
    it = areas_.erase(it);
    ++changes;
  }
  if (!removed.empty() && end > no_gap_above_) forget_gaps();
  return removed;
}

void VmaTree::extend_down(Vma& area, Address start) {
  bytes_ += area.start - start;
  auto node = areas_.extract(area.start);
  node.mapped().page_offset -= (area.start - start) / kPage;
  node.mapped().start = start;
  node.key() = start;
  areas_.insert(std::move(node));
}

void VmaTree::extend_up(Vma& area, Address end) {
  bytes_ += end - area.end;
  area.end = end;
}

bool VmaTree::covered(Address start, Address end) {
  for (const Vma* area = at(start); area; area = at(start)) {
    if (area->end >= end) return true;
    start = area->end;
  }
  return false;
}

bool VmaTree::free(Address start, Address end) {
  const Vma* next = find(start);
  return !next || next->start >= end;
}

Address VmaTree::find_gap(std::uint64_t length, Address ceiling) {
  const auto below_guard = [](const Vma& area) {
    const Address guard = area.is(vm::growsdown) ? kStackGuard : 0;
    return area.start < guard ? 0 : area.start - guard;
  };
  Address top = ceiling;
  const bool from_top = no_gap_of_ == 0 || length < no_gap_of_;
  if (!from_top) top = std::min(top, no_gap_above_);
  auto it = areas_.lower_bound(top);
  if (it != areas_.end()) top = std::min(top, below_guard(it->second));
  while (true) {
    const Address floor =
        it == areas_.begin() ? kMmapMinimum : std::max(kMmapMinimum, std::prev(it)->second.end);
    if (top >= floor && top - floor >= length) {
      if (from_top || length == no_gap_of_) {
        no_gap_of_ = length;
        no_gap_above_ = top;
      }
      return top - length;
    }
    if (it == areas_.begin()) return 0;
    --it;
    top = std::min(top, below_guard(it->second));
  }
}

}  // namespace isosim::kernel
