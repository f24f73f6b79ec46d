#include "cpu/code_cache.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "cpu/cost_table.h"
#include "cpu/params.h"

namespace isosim::cpu {

namespace {
constexpr std::int64_t line = 64;
constexpr int ways = 8;  // of both levels, Haswell and Broadwell
constexpr std::int64_t l1i_bytes = 32 * 1024;
// More than this is a loop whose different lines nobody counted.
constexpr std::int64_t longest_code = 32 * 1024;
constexpr std::uint64_t always = std::numeric_limits<std::uint64_t>::max();

std::uint16_t lines_of(std::int64_t millilines, std::int64_t millibytes_per_line) {
  const std::int64_t bytes = millilines * millibytes_per_line / 1'000'000;
  return static_cast<std::uint16_t>((std::min(bytes, longest_code) + line / 2) / line);
}

std::uint64_t millicycles(const sim::Settings& settings, const sim::Param& latency,
                          const sim::Param& exposed) {
  return static_cast<std::uint64_t>(thousandths(settings.get(latency) * settings.get(exposed)));
}
}  // namespace

MissCurve::MissCurve(std::int64_t capacity, int ways_of_set) {
  if (capacity == 0) {  // a machine without that level: nothing is ever lost
    step_bits_ = 63;
    chance_ = {0, 0};
    return;
  }
  step_bits_ = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(capacity) / 32)) - 1;
  const std::uint64_t step = std::uint64_t{1} << step_bits_;
  const auto whole_sets = capacity / line / ways_of_set;
  const auto sets = static_cast<double>(whole_sets);
  for (std::uint64_t bytes = 0; bytes < 4 * static_cast<std::uint64_t>(capacity); bytes += step) {
    // P(fewer than `ways` of `others` lines fell into one set), binomial, term by term.
    const double others = static_cast<double>(bytes) / line;
    double term = 1, kept = 0;
    for (double i = 0; i < others; ++i) term *= 1 - 1 / sets;
    for (int k = 0; k < ways_of_set; ++k) {
      kept += term;
      term *= std::max(0.0, others - k) / (k + 1) / (sets - 1);
    }
    chance_.push_back(static_cast<std::uint16_t>(std::lround(1024 * (1 - std::min(1.0, kept)))));
  }
}

CodeCacheSpec::CodeCacheSpec(const MachineSpec& machine, const sim::Settings& settings)
    : l1(l1i_bytes, ways),
      l2(machine.l2_bytes, ways),
      near_bytes(l1i_bytes / 4),
      l2_near_bytes(static_cast<std::uint64_t>(machine.l2_bytes) / 4),
      forget_bytes(4 * static_cast<std::uint64_t>(std::max(machine.l2_bytes, l1i_bytes))),
      l2_millicycles(millicycles(settings, param::l2_latency, param::l2_exposed)),
      l3_millicycles(millicycles(settings, param::l3_latency, param::l3_exposed)),
      code_bytes_per_line(thousandths(settings.get(param::code_bytes_per_line))),
      data_bytes_per_line(thousandths(settings.get(param::data_bytes_per_line))) {}

void CodeCacheSpec::measure(const sim::Catalogue& catalogue) {
  paths.assign(catalogue.size(), {});
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const sim::PathDef& def = catalogue[{static_cast<std::uint16_t>(i)}];
    paths[i] = {lines_of(def.code_millilines, code_bytes_per_line),
                lines_of(def.code_millilines, data_bytes_per_line)};
  }
}

CodeCache::CodeCache(const CodeCacheSpec& spec, sim::PathId path)
    : Residency(path), spec_(spec), l1_(spec.forget_bytes), l2_(spec.forget_bytes) {}

void CodeCache::resize() {
  const std::size_t known = used_.size();
  used_.resize(spec_.paths.size());
  paths_.resize(spec_.paths.size());
  for (std::size_t i = 0; i < paths_.size(); ++i) paths_[i].print = spec_.paths[i];
  for (std::size_t i = known; i < used_.size(); ++i)
    if (spec_.paths[i].code == 0) used_[i] = always;
  recent_ = l1_;
}

std::uint64_t CodeCache::fetch(sim::PathId id) {
  Path& path = paths_[id.index];
  const std::uint64_t distance = l2_ - path.l2_used;
  // Data beyond the first level is in the lines' cost; what the first level lost is in the second, or not
  // there either.
  const std::uint64_t from_l2 = spec_.l1(l1_ - used_[id.index]) * path.print.code;
  const std::uint64_t bytes = std::uint64_t{path.print.code} * line;
  l1_ += bytes;
  used_[id.index] = l1_;
  if (l1_ - recent_ >= spec_.near_bytes) recent_ = l1_;
  if (distance < spec_.l2_near_bytes) return from_l2 * spec_.l2_millicycles / (1024 * 1000);
  const std::uint64_t lost = spec_.l2(distance);
  l2_ += bytes + std::uint64_t{path.print.data} * line;
  path.l2_used = l2_;
  const std::uint64_t near = from_l2 * (1024 - lost) * spec_.l2_millicycles;
  const std::uint64_t far = (from_l2 + 1024 * std::uint64_t{path.print.data}) * lost * spec_.l3_millicycles;
  return (near + far) / (1024 * 1024 * 1000);
}

void CodeCache::flush() {
  l1_ += spec_.forget_bytes;
  l2_ += spec_.forget_bytes;
  recent_ = l1_;
}

void CodeCache::displace(std::uint64_t bytes) { l2_ += bytes; }

}  // namespace isosim::cpu
