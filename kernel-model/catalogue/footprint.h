// Which functions of the measured kernel a path stands for: for coverage reports, not for simulation.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/data_file.h"

namespace isosim::kernel {

struct FootprintEntry {
  std::string file;      // fs/open.c
  std::string function;  // empty: lines outside every function (macros)
  int lines = 0;         // distinct source lines hit
  double hits = 0;       // line hits each time the path runs
  double unit_hits = 0;  // line hits a unit
};

// `id` is that of the data file, without the kernel's prefix. Empty for a path that is not measured. The
// first call parses the embedded data (milliseconds).
const std::vector<FootprintEntry>& footprint(std::string_view id);

// Another room's paths, before the first call of footprint().
void add_footprints(std::span<const sim::DataFile> files);

}  // namespace isosim::kernel
