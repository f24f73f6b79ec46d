#pragma once

#include "sim/params.h"

namespace isosim::go::param {

inline const sim::Param cycles_per_line{"go.cycles_per_line",
                                        "cycles",
                                        2,
                                        7,
                                        3.5,
                                        "cycles for each executed source line of Go code",
                                        "3-4 instructions a line, with bounds checks and interface calls, at "
                                        "about 1 instruction a cycle; inference"};

}  // namespace isosim::go::param
