// Recorded descriptor numbers and the emulated ones. Both kernels give out the lowest free number, so they
// are the same unless something diverged; then later calls still reach the file that was meant.
#pragma once

#include <cstdint>
#include <vector>

namespace isosim::workloads {

class FdMap {
 public:
  [[nodiscard]] std::int32_t translate(std::int32_t recorded) const {
    const auto index = static_cast<std::uint32_t>(recorded);
    return index < emulated_.size() ? emulated_[index] : recorded;
  }

  // The recorded number stands for `emulated` from here on.
  void set(std::int32_t recorded, std::int32_t emulated) {
    if (recorded < 0 || translate(recorded) == emulated) return;
    while (emulated_.size() <= static_cast<std::uint32_t>(recorded))
      emulated_.push_back(static_cast<std::int32_t>(emulated_.size()));
    emulated_[static_cast<std::uint32_t>(recorded)] = emulated;
  }

 private:
  std::vector<std::int32_t> emulated_;  // by recorded number; identity beyond the end
};

}  // namespace isosim::workloads
