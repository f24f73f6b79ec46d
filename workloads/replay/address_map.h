// Recorded addresses and the emulated ones that stand for them: the kernel under test places mappings as it
// likes.
#pragma once

#include <cstdint>
#include <map>

namespace isosim::workloads {

class AddressMap {
 public:
  // [recorded, recorded + length) is at `emulated` now; replaces what was known of the range.
  void add(std::uint64_t recorded, std::uint64_t emulated, std::uint64_t length);
  void remove(std::uint64_t recorded, std::uint64_t length);

  // The emulated address, or 0 if the recorded one is not known.
  [[nodiscard]] std::uint64_t translate(std::uint64_t recorded) const;

 private:
  struct Range {
    std::uint64_t end;       // recorded
    std::uint64_t emulated;  // of the range's start
  };
  std::map<std::uint64_t, Range> ranges_;  // by recorded start; disjoint
};

}  // namespace isosim::workloads
