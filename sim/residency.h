// Which paths a core executed lately. What it did not, it has to fetch again before it can run it: a charge
// asks here first, and pays for that under a path of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/path.h"

namespace isosim::sim {

class Residency {
 public:
  explicit Residency(PathId path) : path_(path) {}
  virtual ~Residency() = default;
  Residency(const Residency&) = delete;
  Residency& operator=(const Residency&) = delete;

  // Used so lately that nothing of it can be missing: the common case, one comparison.
  [[nodiscard]] bool near(PathId path) const { return used_[path.index] >= recent_; }

  // `path`, which is not near, runs now: units of fetch_path() that it costs to bring it here, maybe none.
  virtual std::uint64_t fetch(PathId path) = 0;

  // Under which fetching is charged; always near itself.
  [[nodiscard]] PathId fetch_path() const { return path_; }

 protected:
  std::vector<std::uint64_t> used_;  // a clock's reading at each path's last use
  std::uint64_t recent_ = 0;         // the reading from which on a use is near

 private:
  PathId path_;
};

}  // namespace isosim::sim
