#include "traces/call_names.h"

#include <array>

#include "traces/hash.h"

namespace isosim::traces {

namespace {

using abi::kCalls;

// Open addressing at a load of a quarter: nearly every look-up ends at its first slot.
struct Index {
  static constexpr std::size_t kSlots = 2048;
  std::array<std::uint16_t, kSlots> slots{};  // index in kCalls plus one
  std::array<std::string_view, kCallLimit> names{};

  Index() {
    for (std::size_t i = 0; i < std::size(kCalls); ++i) {
      std::size_t at = hash_bytes(kCalls[i].name) % kSlots;
      while (slots[at] != 0) at = (at + 1) % kSlots;
      slots[at] = static_cast<std::uint16_t>(i + 1);
      names[kCalls[i].nr] = kCalls[i].name;
    }
  }
};

const Index kIndex;

}  // namespace

CallName find_call(std::string_view name) {
  for (std::size_t at = hash_bytes(name) % Index::kSlots; kIndex.slots[at] != 0;
       at = (at + 1) % Index::kSlots) {
    const abi::Call& entry = kCalls[kIndex.slots[at] - 1u];
    if (entry.name == name) return {entry.name, entry.nr};
  }
  return {{}, kUnknownCall};
}

std::string_view call_name(std::uint16_t nr) {
  return nr < kCallLimit ? kIndex.names[nr] : std::string_view{};
}

}  // namespace isosim::traces
