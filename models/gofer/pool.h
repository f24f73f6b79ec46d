// Numbers to give out: the one put back last first, else the next new one (pkg/p9/pool.go).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace isosim::models::gofer {

class Pool {
 public:
  // Gives out first, first + 1, ... below `limit`.
  Pool(std::uint32_t first, std::uint32_t limit) : next_(first), limit_(limit) {}

  std::optional<std::uint32_t> get() {
    if (!free_.empty()) {
      const std::uint32_t number = free_.back();
      free_.pop_back();
      return number;
    }
    if (next_ == limit_) return std::nullopt;
    return next_++;
  }
  void put(std::uint32_t number) { free_.push_back(number); }

 private:
  std::uint32_t next_, limit_;
  std::vector<std::uint32_t> free_;
};

}  // namespace isosim::models::gofer
