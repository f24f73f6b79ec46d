// Part of a recorded file tree that lies elsewhere in a replay: on another storage.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isosim::workloads {

struct Relocation {
  std::vector<std::string> prefixes;  // absolute paths that begin so (no component boundary wanted) ...
  std::string to;                     // ... have this in front

  [[nodiscard]] bool moves(std::string_view path) const {
    for (const std::string& prefix : prefixes)
      if (path.starts_with(prefix)) return true;
    return false;
  }

  // The top of what is moved: its old parent still lists it.
  [[nodiscard]] bool is_top(std::string_view path) const {
    return moves(path) && !moves(path.substr(0, path.rfind('/')));
  }
};

}  // namespace isosim::workloads
