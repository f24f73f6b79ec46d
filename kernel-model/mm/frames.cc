#include "kernel-model/mm/frames.h"

#include <algorithm>

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
  return true;
}

bool Frames::release_huge(std::uint32_t frame) {
  if (--mapped_[frame] != 0) return false;
  free_huge_.push_back(frame);
  used_ -= kPagesPerHuge;
  return true;
}

void Frames::split_huge(std::uint32_t frame) {
  for (std::uint32_t i = 1; i < kPagesPerHuge; ++i) mapped_[frame + i] = 1;
}

}  // namespace isosim::kernel
