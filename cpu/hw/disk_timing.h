// When a disk finishes what it is given.
#pragma once

#include <cstdint>
#include <memory>

#include "cpu/block_device.h"
#include "sim/params.h"
#include "sim/time.h"

namespace isosim::cpu {

class DiskTiming {
 public:
  virtual ~DiskTiming() = default;

  // Takes a request at `now` (never before an earlier one's) and returns when it completes.
  virtual sim::Time accept(BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Time now) = 0;
};

// A turning disk where disk.rpm says so, else a solid-state one.
std::unique_ptr<DiskTiming> make_disk_timing(const sim::Settings& settings);

}  // namespace isosim::cpu
