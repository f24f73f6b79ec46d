// The costs of Go code.
#pragma once

#include "sim/params.h"
#include "sim/path.h"

namespace isosim::go {

// Adds the paths of models/go/catalogue.json, as user code.
void load_catalogue(sim::Catalogue& catalogue);

}  // namespace isosim::go
