#pragma once

#include "sim/params.h"

namespace isosim::go::param {

inline const sim::Param cycles_per_line{
    "go.cycles_per_line",
    "cycles",
    2,
    7,
    4.5,
    "cycles for each executed source line of Go code",
    "about 4 instructions a line, with bounds checks and interface calls, at 0.9 a cycle: code of some ten "
    "KB that the "
    "first-level cache does not hold, and its data the second level's; inference"};

}  // namespace isosim::go::param
