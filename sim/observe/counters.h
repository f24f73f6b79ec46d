// How often each path ran, for how many units and how long. Also the hook for footprints: which paths ran at
// all.
#pragma once

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
    if (path.index >= counts_.size()) counts_.resize(path.index + std::size_t{1});
    Count& count = counts_[path.index];
    ++count.charges;
    count.units += units;
    count.time += span;
  }

  [[nodiscard]] Count operator[](PathId path) const {
    return path.index < counts_.size() ? counts_[path.index] : Count{};
  }

  // Calls f(PathId, const Count&) for every path that ran, in the order of the catalogue.
  template <class F>
  void for_each(F f) const {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if (counts_[i].charges != 0) f(PathId{static_cast<std::uint16_t>(i)}, counts_[i]);
  }

 private:
  std::vector<Count> counts_;
};

}  // namespace isosim::sim
