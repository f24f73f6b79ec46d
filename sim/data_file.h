// A data file of the repo that the build put into the binary.
#pragma once

#include <span>
#include <string_view>

namespace isosim::sim {

struct DataFile {
  std::string_view name;  // path from the root of the repo
  std::string_view text;
};

}  // namespace isosim::sim
