// Small numbers for names that come by as characters, in the order in which they first came.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace isosim::sim {

class Names {
 public:
  std::uint32_t id(std::string_view name) {
    if (const auto it = ids_.find(name); it != ids_.end()) return it->second;
    const auto next = static_cast<std::uint32_t>(names_.size());
    names_.emplace_back(name);
    ids_.emplace(names_.back(), next);
    return next;
  }
  [[nodiscard]] const std::string& operator[](std::uint32_t id) const { return names_[id]; }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::deque<std::string> names_;  // never moves a string: the map's keys point into it
  std::unordered_map<std::string_view, std::uint32_t> ids_;  // looked up only, never iterated
};

}  // namespace isosim::sim
