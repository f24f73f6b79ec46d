// Lines of Go in a catalogue whose cost tables count in lines of the kernel's C.
#pragma once

#include "sim/params.h"
#include "sim/path.h"

namespace isosim::go {

// How many lines of the kernel take as long as one of Go.
double kernel_lines_per_line(const sim::Settings& settings);

// Multiplies the lines of `def`, those of a unit too.
void scale_lines(sim::PathDef& def, double factor);

}  // namespace isosim::go
