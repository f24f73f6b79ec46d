#include "sim/path.h"

#include <stdexcept>

#include "sim/nearest.h"

namespace isosim::sim {

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::user:
      return "user";
    case Mode::kernel:
      return "kernel";
    case Mode::guest_user:
      return "guest-user";
    case Mode::guest_kernel:
      return "guest-kernel";
    case Mode::idle:
      return "idle";
    case Mode::hardware:
      return "hardware";
  }
  return "?";
}

PathId Catalogue::add(PathDef def) {
  if (defs_.size() > 0xFFFF) throw std::invalid_argument("more than 65536 paths in the catalogue");
  const auto index = static_cast<std::uint16_t>(defs_.size());
  if (!by_name_.emplace(def.id, index).second) throw std::invalid_argument("duplicate path " + def.id);
  defs_.push_back(std::move(def));
  return {index};
}

bool Catalogue::contains(std::string_view id) const { return by_name_.contains(std::string(id)); }

PathId Catalogue::find(std::string_view id) const {
  if (auto it = by_name_.find(std::string(id)); it != by_name_.end()) return {it->second};
  std::vector<std::string_view> names;
  for (const auto& def : defs_) names.push_back(def.id);
  throw std::out_of_range("no path " + std::string(id) + " in the catalogue; nearest: " + nearest(id, names));
}

}  // namespace isosim::sim
