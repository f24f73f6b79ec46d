// Reading of catalogue files; the format is in kernel-model/catalogue/README.md.
#pragma once

#include <string_view>

#include "sim/path.h"

namespace isosim::kernel {

// Adds the paths of one file's text. Throws std::invalid_argument with file, JSON pointer and what is wrong.
void load_catalogue_text(sim::Catalogue& catalogue, std::string_view prefix, std::string_view file,
                         std::string_view text);

}  // namespace isosim::kernel
