// Paths whose cost follows the memory system rather than the core's clock: copies, clearing, misses.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cpu/cpu.h"
#include "sim/params.h"
#include "sim/path.h"

namespace isosim::cpu {

class MemoryCosts {
 public:
  // Adds the paths.
  MemoryCosts(sim::Catalogue& catalogue, const sim::Settings& settings);

  // Overwrites these paths' entries of a table for `khz`.
  void fill(sim::CostTable& table, std::int64_t khz) const;

  std::array<sim::PathId, 4> copy_from{}, copy_to{}, zero{};  // by Level; units are bytes
  sim::PathId stream;  // a copy to memory past the caches; units are bytes
  sim::PathId miss;    // a stream's first line from memory; units are streams

 private:
  struct Rate {
    sim::PathId path;
    std::int64_t fixed_millicycles;
    std::int64_t millibytes_per_cycle;  // 0: the rate does not follow the clock
    std::int64_t fs_per_byte;
  };
  sim::PathId add(sim::Catalogue& catalogue, std::string id, const sim::Settings& settings,
                  std::int64_t fixed_millicycles, const sim::Param& rate);

  std::vector<Rate> rates_;
  std::int64_t miss_fs_;
};

}  // namespace isosim::cpu
