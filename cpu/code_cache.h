// Whether a path's code, and the data it works on, are still in a core's private caches.
//
// A path's cost in lines holds while its instructions come from the first-level cache. Code that other code
// has pushed out since, or that a sleep in C3 or deeper wrote back, comes line by line from the second or the
// third level. The distance since a path's last use is the code that ran in between, each path counted once
// within a quarter of the first level; a set-associative cache with random placement loses a line at that
// distance with the probability that its set took as many others as it has ways (Smith 1978). The third level
// is taken to hold all there is: 20 MB and more.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cpu/cpu.h"
#include "sim/params.h"
#include "sim/residency.h"

namespace isosim::cpu {

// The chance, in 1/1024, that a line is gone from a cache of `capacity` bytes, by the bytes that came in
// since.
class MissCurve {
 public:
  MissCurve(std::int64_t capacity, int ways);
  [[nodiscard]] std::uint64_t operator()(std::uint64_t distance) const {
    const std::uint64_t step = distance >> step_bits_;
    return step < chance_.size() ? chance_[step] : 1024;
  }

 private:
  int step_bits_;
  std::vector<std::uint16_t> chance_;
};

// What one path occupies, in lines of 64 bytes.
struct Footprint {
  std::uint16_t code = 0, data = 0;
};

// Common to all cores.
struct CodeCacheSpec {
  CodeCacheSpec(const MachineSpec& machine, const sim::Settings& settings);
  void measure(const sim::Catalogue& catalogue);

  MissCurve l1, l2;
  std::uint64_t near_bytes, l2_near_bytes;                // within these distances nothing is lost
  std::uint64_t forget_bytes;                             // beyond this one nothing is left
  std::uint64_t l2_millicycles, l3_millicycles;           // what a line from there costs
  std::int64_t code_bytes_per_line, data_bytes_per_line;  // thousandths
  std::vector<Footprint> paths;
};

class CodeCache final : public sim::Residency {
 public:
  CodeCache(const CodeCacheSpec& spec, sim::PathId path);
  std::uint64_t fetch(sim::PathId path) override;
  void resize();                       // after spec.measure()
  void flush();                        // both levels lose all they hold
  void displace(std::uint64_t bytes);  // data came into the second level

 private:
  struct Path {
    std::uint64_t l2_used = 0;
    Footprint print;
  };

  const CodeCacheSpec& spec_;
  std::uint64_t l1_, l2_;  // bytes that came in
  std::vector<Path> paths_;
};

}  // namespace isosim::cpu
