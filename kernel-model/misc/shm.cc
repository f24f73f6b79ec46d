#include "kernel-model/misc/shm.h"

#include "kernel-model/misc/ipc_object.h"

namespace isosim::kernel {

void ShmTable::purge() {
  std::erase_if(segments_,
                [](const auto& slot) { return slot.second.removed && slot.second.attached() == 0; });
}

std::size_t ShmTable::size() {
  purge();
  return segments_.size();
}

ShmSegment& ShmTable::create(std::int32_t key, std::uint64_t bytes) {
  purge();
  std::int32_t slot = 0;
  for (const auto& [used, segment] : segments_) {
    if (used != slot) break;
    ++slot;
  }
  ShmSegment& segment = segments_[slot];
  segment.id = sequence_ * kIpcSequenceStep + slot;
  segment.key = key;
  segment.bytes = bytes;
  sequence_ = (sequence_ + 1) % 65536;
  return segment;
}

ShmSegment* ShmTable::by_id(std::int32_t id) {
  if (id < 0) return nullptr;
  purge();
  const auto found = segments_.find(id % kIpcSequenceStep);
  return found != segments_.end() && found->second.id == id ? &found->second : nullptr;
}

ShmSegment* ShmTable::by_key(std::int32_t key) {
  for (auto& [slot, segment] : segments_)
    if (segment.key == key && key != 0) return &segment;
  return nullptr;
}

void ShmTable::remove(ShmSegment& segment) {
  segment.removed = true;
  segment.key = 0;
  purge();
}

}  // namespace isosim::kernel
