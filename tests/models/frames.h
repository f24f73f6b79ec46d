// The frames that an observer is shown, in the order in which they begin: steps of a runtime or daemon and
// their system calls.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "sim/observer.h"

namespace isosim::test {

struct Frames final : sim::Observer {
  void on_charge(const sim::Task&, sim::PathId, sim::Time, sim::Time, std::uint64_t) override {}
  void on_enter(const sim::Task&, std::string_view frame, sim::Time) override { names.emplace_back(frame); }

  // Of the first one of that name, from the first `after` on; beyond the last if there is none.
  [[nodiscard]] std::ptrdiff_t position(std::string_view name, std::string_view after = {}) const {
    const auto from = after.empty() ? names.begin() : std::find(names.begin(), names.end(), after);
    return std::find(from, names.end(), name) - names.begin();
  }
  [[nodiscard]] std::ptrdiff_t count(std::string_view name) const {
    return std::count(names.begin(), names.end(), name);
  }
  std::vector<std::string> names;
};

}  // namespace isosim::test
