#include "traces/string_table.h"

#include <algorithm>
#include <cstring>

#include "traces/binary_format.h"
#include "traces/hash.h"
#include "traces/varint.h"

namespace isosim::traces {

namespace {
constexpr std::size_t kSlots = 1u << 16;
constexpr std::size_t kMaxUsed = kSlots / 2;
constexpr std::size_t kCopyBytes = 4u << 20;
constexpr std::size_t kLongestRemembered = 4096;
}  // namespace

StringTable::StringTable(Flush flush) : flush_(std::move(flush)), slots_(kSlots), copies_(kCopyBytes) {
  append({});
}

void StringTable::flush() {
  if (payload_.empty()) return;
  flush_(payload_, count_);
  payload_.clear();
  count_ = 0;
  ++block_;
}

std::uint64_t StringTable::append(std::string_view text) {
  if (payload_.size() >= kBlockBytes) flush();
  const std::uint64_t reference = block_ << kStringOffsetBits | payload_.size();
  std::uint8_t length[kLongestVarint];
  payload_.insert(payload_.end(), length, put_varint(length, text.size()));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  payload_.insert(payload_.end(), bytes, bytes + text.size());
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
  std::size_t at = hash % kSlots;
  for (; slots_[at].tag != 0; at = (at + 1) % kSlots) {
    const Slot& s = slots_[at];
    if (s.tag == tag && s.size == text.size() &&
        std::memcmp(copies_.data() + s.copy, text.data(), text.size()) == 0) {
      return s.reference;
    }
  }
  if (used_ == kMaxUsed || copied_ + text.size() > copies_.size()) {
    forget();
    at = hash % kSlots;
  }
  const std::uint64_t reference = append(text);
  std::memcpy(copies_.data() + copied_, text.data(), text.size());
  slots_[at] = {tag, static_cast<std::uint32_t>(text.size()), reference, static_cast<std::uint32_t>(copied_)};
  copied_ += text.size();
  ++used_;
  return reference;
}

}  // namespace isosim::traces
