#include "models/go/catalogue.h"

#include "kernel-model/catalogue/load.h"
#include "sim/data_file.h"

namespace isosim::data {
std::span<const sim::DataFile> go_files();
}

namespace isosim::go {

void load_catalogue(sim::Catalogue& catalogue) {
  for (const auto& file : data::go_files())
    kernel::load_catalogue_text(catalogue, "go", file.name, file.text);
}

}  // namespace isosim::go
