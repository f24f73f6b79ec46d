#include "traces/string_table.h"

#include <algorithm>
#include <cstring>

#include "traces/binary_format.h"
#include "traces/hash.h"
#include "traces/varint.h"

namespace isosim::traces {

namespace {
constexpr std::size_t kFirstSlots = 1u << 10;
constexpr std::size_t kMostSlots = 1u << 15;  // half a megabyte: within the second-level cache
constexpr std::size_t kFirstCopyBytes = 16u << 10;
constexpr std::size_t kMostCopyBytes = 2u << 20;
constexpr std::size_t kLongestRemembered = 4096;
}  // namespace

StringTable::StringTable(Flush flush)
    : flush_(std::move(flush)), slots_(kFirstSlots), copies_(kFirstCopyBytes) {
  append({});
}

void StringTable::flush() {
  if (filled_ == 0) return;
  flush_({payload_.data(), filled_}, count_);
  filled_ = 0;
  count_ = 0;
  ++block_;
}

std::uint64_t StringTable::append(std::string_view text) {
  if (filled_ >= kBlockBytes) flush();
  if (payload_.size() - filled_ < text.size() + kLongestVarint)
    payload_.resize(2 * filled_ + text.size() + kLongestVarint);
  const std::uint64_t reference = block_ << kStringOffsetBits | filled_;
  std::uint8_t* at = put_varint(payload_.data() + filled_, text.size());
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  filled_ = static_cast<std::size_t>(at - payload_.data()) + text.size();
  ++count_;
  return reference;
}

std::size_t StringTable::free_slot(std::uint32_t tag) const {
  std::size_t at = home(tag);
  while (slots_[at].tag != 0) at = (at + 1) & (slots_.size() - 1);
  return at;
}

void StringTable::make_room(std::size_t bytes) {
  if (2 * used_ >= slots_.size()) {
    if (slots_.size() == kMostSlots) return forget();
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const Slot& s : old) {
      if (s.tag != 0) slots_[free_slot(s.tag)] = s;
    }
  }
  if (copied_ + bytes > copies_.size()) {
    if (copies_.size() == kMostCopyBytes) return forget();
    copies_.resize(2 * copies_.size());
  }
}

void StringTable::forget() {
  std::fill(slots_.begin(), slots_.end(), Slot{});
  copied_ = used_ = 0;
}

std::uint64_t StringTable::intern(std::string_view text) {
  if (text.empty()) return kEmptyString;
  if (text.size() > kLongestRemembered) return append(text);
  const std::uint32_t tag = static_cast<std::uint32_t>(hash_bytes(text) >> 32) | 1u;
  const auto size = static_cast<std::uint32_t>(text.size());
  for (std::size_t at = home(tag); slots_[at].tag != 0; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& s = slots_[at];
    const char* copy = copies_.data() + s.copy;
    if (s.tag == tag && load32(copy) == size && std::memcmp(copy + sizeof size, text.data(), size) == 0) {
      return s.reference;
    }
  }
  make_room(sizeof size + size);
  const std::uint64_t reference = append(text);
  slots_[free_slot(tag)] = {tag, static_cast<std::uint32_t>(copied_), reference};
  std::memcpy(copies_.data() + copied_, &size, sizeof size);
  std::memcpy(copies_.data() + copied_ + sizeof size, text.data(), size);
  copied_ += sizeof size + size;
  ++used_;
  return reference;
}

}  // namespace isosim::traces
