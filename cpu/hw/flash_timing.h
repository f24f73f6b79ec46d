// A solid-state disk. A request waits for the medium's channel, occupies it, and completes after the latency
// of its kind: the channel bounds throughput, the latency a lone request.
#pragma once

#include "cpu/hw/disk_timing.h"

namespace isosim::cpu {

class FlashTiming final : public DiskTiming {
 public:
  explicit FlashTiming(const sim::Settings& settings);
  sim::Time accept(BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Time now) override;

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
