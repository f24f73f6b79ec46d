#include "kernel-model/mm/frames.h"

#include <algorithm>

#include "kernel-model/process/cgroup.h"

namespace isosim::kernel {

namespace {

// A machine that does not say how much memory it has gets what an entry can number.
std::uint32_t frame_limit(std::uint64_t memory_bytes) {
  constexpr std::uint64_t kMost = (1u << 27) - 1;
  return static_cast<std::uint32_t>(memory_bytes == 0 ? kMost : std::min(memory_bytes / 4096, kMost));
}

}  // namespace

Frames::Frames(std::uint64_t memory_bytes) : limit_(frame_limit(memory_bytes)), mapped_(1) {}

std::uint32_t Frames::allocate() {
  std::uint32_t frame = 0;
  if (!free_.empty()) {
    frame = free_.back();
    free_.pop_back();
  } else {
    if (next_ >= limit_) return 0;
    frame = next_++;
    mapped_.push_back(0);
  }
  mapped_[frame] = 1;
  ++used_;
  return frame;
}

std::uint32_t Frames::allocate_huge() {
  std::uint32_t frame = 0;
  if (!free_huge_.empty()) {
    frame = free_huge_.back();
    free_huge_.pop_back();
  } else {
    const std::uint32_t aligned = (next_ + kPagesPerHuge - 1) / kPagesPerHuge * kPagesPerHuge;
    if (aligned + kPagesPerHuge > limit_) return 0;
    while (next_ < aligned) free_.push_back(next_++);
    frame = next_;
    next_ += kPagesPerHuge;
    mapped_.resize(next_);
  }
  mapped_[frame] = 1;
  used_ += kPagesPerHuge;
  return frame;
}

bool Frames::release(std::uint32_t frame) {
  if (--mapped_[frame] != 0) return false;
  free_.push_back(frame);
  --used_;
  uncharge(frame, 1);
  return true;
}

bool Frames::release_huge(std::uint32_t frame) {
  if (--mapped_[frame] != 0) return false;
  free_huge_.push_back(frame);
  used_ -= kPagesPerHuge;
  uncharge(frame, kPagesPerHuge);
  return true;
}

void Frames::charge_to(std::uint32_t frame, const std::shared_ptr<Cgroup>& group, std::uint64_t pages) {
  const auto known = std::find(groups_.begin(), groups_.end(), group);
  const auto index = static_cast<std::uint16_t>(known - groups_.begin() + 1);
  if (known == groups_.end()) groups_.push_back(group);
  if (owner_.size() < frame + pages) owner_.resize(mapped_.size());
  std::fill_n(owner_.begin() + frame, pages, index);
}

void Frames::uncharge(std::uint32_t frame, std::uint64_t pages) {
  if (frame >= owner_.size() || owner_[frame] == 0) return;
  groups_[owner_[frame] - 1u]->uncharge_memory(pages);
  std::fill_n(owner_.begin() + frame, pages, std::uint16_t{0});
}

void Frames::split_huge(std::uint32_t frame) {
  for (std::uint32_t i = 1; i < kPagesPerHuge; ++i) mapped_[frame + i] = 1;
}

}  // namespace isosim::kernel
