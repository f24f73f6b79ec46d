#include "traces/string_table.h"

#include <algorithm>
#include <cstring>

#include "traces/binary_format.h"
#include "traces/hash.h"
#include "traces/varint.h"

namespace isosim::traces {

namespace {
constexpr std::size_t kSlots = 1u << 15;  // half a megabyte: within the second-level cache
constexpr std::size_t kMaxUsed = kSlots / 2;
constexpr std::size_t kCopyBytes = 2u << 20;
constexpr std::size_t kLongestRemembered = 4096;
}  // namespace

StringTable::StringTable(Flush flush) : flush_(std::move(flush)), slots_(kSlots), copies_(kCopyBytes) { append({}); }

void StringTable::flush() {
  if (filled_ == 0) return;
  flush_({payload_.data(), filled_}, count_);
  filled_ = 0;
  count_ = 0;
  ++block_;
}

std::uint64_t StringTable::append(std::string_view text) {
  if (filled_ >= kBlockBytes) flush();
  if (payload_.size() - filled_ < text.size() + kLongestVarint) payload_.resize(filled_ + text.size() + 2 * kBlockBytes);
  const std::uint64_t reference = block_ << kStringOffsetBits | filled_;
  std::uint8_t* at = put_varint(payload_.data() + filled_, text.size());
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  filled_ = static_cast<std::size_t>(at - payload_.data()) + text.size();
  ++count_;
  return reference;
}

void StringTable::forget() {
  std::fill(slots_.begin(), slots_.end(), Slot{});
  copied_ = used_ = 0;
}

std::uint64_t StringTable::intern(std::string_view text) {
  if (text.empty()) return kEmptyString;
  if (text.size() > kLongestRemembered) return append(text);
  const std::uint64_t hash = hash_bytes(text);
  const std::uint32_t tag = static_cast<std::uint32_t>(hash >> 32) | 1u;
  const auto size = static_cast<std::uint32_t>(text.size());
  std::size_t at = hash % kSlots;
  for (; slots_[at].tag != 0; at = (at + 1) % kSlots) {
    const Slot& s = slots_[at];
    const char* copy = copies_.data() + s.copy;
    if (s.tag == tag && load32(copy) == size && std::memcmp(copy + sizeof size, text.data(), size) == 0) return s.reference;
  }
  if (used_ == kMaxUsed || copied_ + sizeof size + size > copies_.size()) {
    forget();
    at = hash % kSlots;
  }
  const std::uint64_t reference = append(text);
  slots_[at] = {tag, static_cast<std::uint32_t>(copied_), reference};
  std::memcpy(copies_.data() + copied_, &size, sizeof size);
  std::memcpy(copies_.data() + copied_ + sizeof size, text.data(), size);
  copied_ += sizeof size + size;
  ++used_;
  return reference;
}

}  // namespace isosim::traces
