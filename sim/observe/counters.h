// How often each path ran, for how many units and how long. Also the hook for footprints: which paths ran at
// all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/observer.h"

namespace isosim::sim {

class Counters final : public Observer {
 public:
  struct Count {
    std::uint64_t charges = 0;
    std::uint64_t units = 0;
    Time time;
  };

  void on_charge(const Task&, PathId path, Time, Time span, std::uint64_t units) override {
    if (path.index >= size_) [[unlikely]]
      grow(path);
    Count& count = counts_[path.index];
    ++count.charges;
    count.units += units;
    count.time += span;
  }

  [[nodiscard]] Count operator[](PathId path) const {
    return path.index < size_ ? counts_[path.index] : Count{};
  }

  // Calls f(PathId, const Count&) for every path that ran, in the order of the catalogue.
  template <class F>
  void for_each(F f) const {
    for (std::size_t i = 0; i < size_; ++i)
      if (counts_[i].charges != 0) f(PathId{static_cast<std::uint16_t>(i)}, counts_[i]);
  }

 private:
  void grow(PathId path) {
    size_ = std::max(2 * size_, path.index + std::size_t{1});
    counts_.resize(size_);
  }

  std::vector<Count> counts_;
  std::size_t size_ = 0;  // of counts_: asked for at each charge
};

}  // namespace isosim::sim
