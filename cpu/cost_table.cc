#include "cpu/cost_table.h"

#include <cmath>

namespace isosim::cpu {

namespace {

// 10^-6 cycles times `scale` over the frequency: the intermediate product needs more than 64 bits.
std::int64_t convert(std::int64_t millilines, std::int64_t millicycles, std::int64_t millicycles_per_line,
                     std::int64_t khz, std::int64_t scale) {
  __extension__ using Wide = __int128;
  const Wide microcycles = Wide{millilines} * millicycles_per_line + Wide{millicycles} * 1000;
  return static_cast<std::int64_t>((microcycles * scale + khz / 2) / khz);
}

}  // namespace

std::int64_t thousandths(double value) { return std::llround(value * 1000); }

std::int64_t cycles_to_ps(std::int64_t millilines, std::int64_t millicycles,
                          std::int64_t millicycles_per_line, std::int64_t khz) {
  return convert(millilines, millicycles, millicycles_per_line, khz, 1'000);
}

std::int64_t cycles_to_fs(std::int64_t millilines, std::int64_t millicycles,
                          std::int64_t millicycles_per_line, std::int64_t khz) {
  return convert(millilines, millicycles, millicycles_per_line, khz, 1'000'000);
}

sim::CostTable cost_table(const sim::Catalogue& catalogue, std::int64_t millicycles_per_line,
                          std::int64_t khz) {
  sim::CostTable table(catalogue.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    const sim::PathDef& def = catalogue[{static_cast<std::uint16_t>(i)}];
    table[i] = {cycles_to_ps(def.millilines, def.millicycles, millicycles_per_line, khz),
                cycles_to_fs(def.unit_millilines, def.unit_millicycles, millicycles_per_line, khz)};
  }
  return table;
}

}  // namespace isosim::cpu
