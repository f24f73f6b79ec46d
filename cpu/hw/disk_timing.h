// When a disk finishes what it is given. A request waits for the medium's channel, occupies it, and completes
// after the latency of its kind: the channel bounds throughput, the latency a lone request.
#pragma once

#include <cstdint>

#include "cpu/block_device.h"
#include "sim/params.h"
#include "sim/time.h"

namespace isosim::cpu {

class DiskTiming {
 public:
  explicit DiskTiming(const sim::Settings& settings);

  // Takes a request at `now` (never before an earlier one's) and returns when it completes.
  sim::Time accept(BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Time now);

 private:
  struct Kind {
    sim::Time sequential, random;  // latency of 4 KiB
    std::int64_t fs_per_byte;      // at full bandwidth
    sim::Time random_occupancy;    // least time that a random request keeps the channel
    std::uint64_t next_sector;     // where the last request of this kind ended
  };

  Kind read_, write_;
  sim::Time flush_;
  sim::Time channel_free_;
  sim::Time writes_done_;
};

}  // namespace isosim::cpu
