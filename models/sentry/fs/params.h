// Parameters of the Sentry's file systems.
#pragma once

#include "sim/params.h"

namespace isosim::models {

extern const sim::Param message_heap;

}  // namespace isosim::models
