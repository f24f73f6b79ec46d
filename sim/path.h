// Paths: the only way to consume time. A path is a stretch of code or hardware work with a name, a layer and
// a cost.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/time.h"

namespace isosim::sim {

// Index of a path in the catalogue; dense, in the order of registration.
struct PathId {
  std::uint16_t index = 0;
  constexpr bool operator==(const PathId&) const = default;
};

enum class Mode : std::uint8_t { user, kernel, guest_user, guest_kernel, idle, hardware };

std::string_view to_string(Mode mode);

// What the catalogue knows of a path. Costs here are in machine-independent terms; a cost table (below) is
// what they become on one machine at one frequency.
struct PathDef {
  std::string id;     // host.vfs.read.tmpfs
  std::string layer;  // vfs
  Mode mode = Mode::kernel;
  std::int64_t millilines = 0;        // executed kernel source lines, thousandths
  std::int64_t millicycles = 0;       // cycles beyond what lines show, thousandths
  std::int64_t unit_millilines = 0;   // the same for each unit (page, component, entry ...)
  std::int64_t unit_millicycles = 0;  // (for bytes: millicycles a byte)
  std::int64_t code_millilines = 0;   // different lines among those; what the path's code occupies
  std::string unit;                   // what a unit is; empty if the path takes none
  std::string source;                 // where the numbers come from
};

// All paths of a run. Names are unique; ids are dense.
class Catalogue {
 public:
  PathId add(PathDef def);                               // throws std::invalid_argument on a duplicate id
  [[nodiscard]] PathId find(std::string_view id) const;  // throws std::out_of_range, naming the nearest id
  [[nodiscard]] bool contains(std::string_view id) const;
  [[nodiscard]] const PathDef& operator[](PathId id) const { return defs_[id.index]; }
  [[nodiscard]] std::size_t size() const { return defs_.size(); }

 private:
  std::vector<PathDef> defs_;
  std::unordered_map<std::string, std::uint16_t> by_name_;  // looked up only, never iterated
};

// The cost of one path on one machine at one frequency.
struct Cost {
  std::int64_t fixed_ps = 0;
  std::int64_t unit_fs = 0;  // femtoseconds a unit: bytes are cheaper than a picosecond's rounding allows
};

// What `units` units take. 64 bits of femtoseconds are five hours: more than any one charge.
inline Time span_of(const Cost& cost, std::uint64_t units) {
  if (units == 0) return {cost.fixed_ps};
  return {cost.fixed_ps +
          static_cast<std::int64_t>((static_cast<std::uint64_t>(cost.unit_fs) * units + 500) / 1000)};
}

// One Cost a path, indexed by PathId. Tasks point at the table of the core and frequency they run on.
using CostTable = std::vector<Cost>;

}  // namespace isosim::sim
