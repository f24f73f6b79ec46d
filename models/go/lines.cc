#include "models/go/lines.h"

#include <cmath>

#include "cpu/params.h"
#include "models/go/params.h"

namespace isosim::go {

double kernel_lines_per_line(const sim::Settings& settings) {
  return settings.get(param::cycles_per_line) / settings.get(cpu::param::cycles_per_line);
}

void scale_lines(sim::PathDef& def, double factor) {
  def.millilines = std::llround(static_cast<double>(def.millilines) * factor);
  def.code_millilines = std::llround(static_cast<double>(def.code_millilines) * factor);
  def.unit_millilines = std::llround(static_cast<double>(def.unit_millilines) * factor);
}

}  // namespace isosim::go
