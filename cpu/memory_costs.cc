#include "cpu/memory_costs.h"

#include <cmath>
#include <utility>

#include "cpu/cost_table.h"
#include "cpu/params.h"

namespace isosim::cpu {

sim::PathId MemoryCosts::add(sim::Catalogue& catalogue, std::string id, const sim::Settings& settings,
                             std::int64_t fixed_millicycles, const sim::Param& rate) {
  const bool by_clock = rate.unit == "bytes/cycle";
  const double value = settings.get(rate);
  const sim::PathId path = catalogue.add({.id = std::move(id),
                                          .layer = "cpu",
                                          .millicycles = fixed_millicycles,
                                          .unit = "byte",
                                          .source = std::string(rate.source)});
  // 1 GB/s is a byte a nanosecond.
  rates_.push_back(
      {path, fixed_millicycles, by_clock ? thousandths(value) : 0, by_clock ? 0 : std::llround(1e6 / value)});
  return path;
}

MemoryCosts::MemoryCosts(sim::Catalogue& catalogue, const sim::Settings& settings)
    : miss_fs_(thousandths(settings.get(param::dram_latency)) * 1000) {
  const std::int64_t start = thousandths(settings.get(param::copy_startup));
  // The first line's latency shows; the rest is pipelined or prefetched.
  const std::int64_t from_l2 = start + thousandths(settings.get(param::l2_latency));
  const std::int64_t from_l3 = start + thousandths(settings.get(param::l3_latency));
  copy_from = {add(catalogue, "cpu.copy_from.l1", settings, start, param::l1_copy),
               add(catalogue, "cpu.copy_from.l2", settings, from_l2, param::l2_copy),
               add(catalogue, "cpu.copy_from.l3", settings, from_l3, param::l3_read),
               add(catalogue, "cpu.copy_from.dram", settings, start, param::dram_read)};
  copy_to = {add(catalogue, "cpu.copy_to.l1", settings, start, param::l1_copy),
             add(catalogue, "cpu.copy_to.l2", settings, start, param::l2_copy),
             add(catalogue, "cpu.copy_to.l3", settings, start, param::l3_write),
             add(catalogue, "cpu.copy_to.dram", settings, start, param::dram_write)};
  zero = {add(catalogue, "cpu.zero.l1", settings, start, param::l1_zero),
          add(catalogue, "cpu.zero.l2", settings, start, param::l2_zero),
          add(catalogue, "cpu.zero.l3", settings, start, param::l3_zero),
          add(catalogue, "cpu.zero.dram", settings, start, param::dram_zero)};
  stream = add(catalogue, "cpu.copy_stream", settings, start, param::dram_stream);
  miss = catalogue.add({.id = "cpu.cache_miss",
                        .layer = "cpu",
                        .unit = "stream",
                        .source = std::string(param::dram_latency.source)});
}

void MemoryCosts::fill(sim::CostTable& table, std::int64_t khz) const {
  for (const Rate& rate : rates_) {
    sim::Cost& cost = table[rate.path.index];
    cost.fixed_ps = cycles_to_ps(0, rate.fixed_millicycles, 0, khz);
    cost.unit_fs = rate.fs_per_byte;
    if (rate.millibytes_per_cycle != 0) {
      const std::int64_t per_second = khz * rate.millibytes_per_cycle;  // bytes
      cost.unit_fs = (1'000'000'000'000'000 + per_second / 2) / per_second;
    }
  }
  table[miss.index] = {0, miss_fs_};
}

}  // namespace isosim::cpu
