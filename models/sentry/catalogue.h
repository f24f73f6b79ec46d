// The costs of the Sentry: of its own kernel, whose paths are named as the host's, and of what only it has.
#pragma once

#include "models/sentry/release.h"
#include "sim/params.h"
#include "sim/path.h"

namespace isosim::models {

// Adds "sentry.<id>" for every path of the kernel's catalogue and for those of
// models/sentry/catalogue/own.json and outside.json. The format of the files is that of
// kernel-model/catalogue/README.md; which is which is told in models/sentry/catalogue/README.md. Throws
// std::invalid_argument for a cost of a path that the kernel does not have.
void load_sentry_catalogue(sim::Catalogue& catalogue, const sim::Settings& settings, SentryPlatform platform);

}  // namespace isosim::models
