// From machine-independent costs to time on one core at one frequency.
#pragma once

#include <cstdint>

#include "sim/path.h"

namespace isosim::cpu {

// Cycles in thousandths, as catalogues and parameters hold them.
std::int64_t thousandths(double value);

// What `millilines` of kernel code and `millicycles` take, rounded to the nearest unit (half away from zero).
std::int64_t cycles_to_ps(std::int64_t millilines, std::int64_t millicycles,
                          std::int64_t millicycles_per_line, std::int64_t khz);
std::int64_t cycles_to_fs(std::int64_t millilines, std::int64_t millicycles,
                          std::int64_t millicycles_per_line, std::int64_t khz);

// The table of every path of `catalogue`.
sim::CostTable cost_table(const sim::Catalogue& catalogue, std::int64_t millicycles_per_line,
                          std::int64_t khz);

}  // namespace isosim::cpu
