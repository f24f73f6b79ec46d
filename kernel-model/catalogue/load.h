// Reading of catalogue files; the format is in kernel-model/catalogue/README.md.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/path.h"

namespace isosim::kernel {

// Adds the paths of one file's text. Throws std::invalid_argument with file, JSON pointer and what is wrong.
void load_catalogue_text(sim::Catalogue& catalogue, std::string_view prefix, std::string_view file,
                         std::string_view text);

// (call, path id without prefix) for every call that defaults.json names under "calls".
std::vector<std::pair<std::string, std::string>> default_path_names();

}  // namespace isosim::kernel
