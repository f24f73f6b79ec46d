#include "sim/params.h"

#include <cstdint>
#include <stdexcept>

#include "sim/nearest.h"

namespace isosim::sim {

namespace {
std::map<std::string_view, const Param*>& registry() {
  static std::map<std::string_view, const Param*> params;
  return params;
}
}  // namespace

Param::Param(std::string_view n, std::string_view u, double lo, double hi, double v, std::string_view h,
             std::string_view s)
    : name(n), unit(u), min(lo), max(hi), value(v), help(h), source(s) {
  registry().emplace(name, this);
}

const std::map<std::string_view, const Param*>& all_params() { return registry(); }

void Settings::set(std::string_view name, double value, std::string_view where) {
  const auto found = registry().find(name);
  if (found == registry().end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, param] : registry()) names.push_back(known);
    throw std::invalid_argument(std::string(where) + ": no parameter '" + std::string(name) +
                                "'; nearest: '" + nearest(name, names) + "'");
  }
  const Param& param = *found->second;
  if (!(value >= param.min && value <= param.max)) {
    throw std::invalid_argument(std::string(where) + ": " + std::string(name) + " = " +
                                std::to_string(value) + " is outside " + std::to_string(param.min) + " .. " +
                                std::to_string(param.max) + " " + std::string(param.unit));
  }
  values_.insert_or_assign(std::string(name), Value{value, std::string(where)});
}

double Settings::get(const Param& param) const {
  const auto it = values_.find(param.name);
  if (it == values_.end()) return param.value;
  it->second.read = true;
  return it->second.value;
}

Settings::Setting Settings::setting(const Param& param) const {
  const auto it = values_.find(param.name);
  if (it == values_.end()) return {param.value, "default"};
  return {it->second.value, it->second.where};
}

std::vector<std::string> Settings::unread() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : values_)
    if (!value.read) names.push_back(name);
  return names;
}

}  // namespace isosim::sim
