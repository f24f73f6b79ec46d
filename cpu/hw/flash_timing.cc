#include "cpu/hw/flash_timing.h"

#include <algorithm>

#include "cpu/hw/disk_params.h"

namespace isosim::cpu {

namespace {

constexpr std::uint64_t quoted_bytes = 4096;  // the request size that latencies are quoted for

sim::Time transfer(std::uint64_t bytes, std::int64_t fs_per_byte) {
  return {static_cast<std::int64_t>(bytes) * fs_per_byte / 1000};
}

}  // namespace

FlashTiming::FlashTiming(const sim::Settings& settings)
    : read_{sim::nanoseconds(settings.integer(param::disk_read_sequential)),
            sim::nanoseconds(settings.integer(param::disk_read_random)),
            1'000'000'000'000'000 / settings.integer(param::disk_read_rate),
            {1'000'000'000'000 / settings.integer(param::disk_read_iops)},
            0},
      write_{sim::nanoseconds(settings.integer(param::disk_write_sequential)),
             sim::nanoseconds(settings.integer(param::disk_write_random)),
             1'000'000'000'000'000 / settings.integer(param::disk_write_rate),
             {1'000'000'000'000 / settings.integer(param::disk_write_iops)},
             0},
      flush_(sim::nanoseconds(settings.integer(param::disk_flush))) {}

sim::Time FlashTiming::accept(BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Time now) {
  if (op == BlockOp::flush) return std::max(now, writes_done_) + flush_;
  Kind& kind = op == BlockOp::read ? read_ : write_;
  const bool sequential = sector == kind.next_sector;
  kind.next_sector = sector + bytes / BlockDevice::sector_bytes;

  const sim::Time whole = transfer(bytes, kind.fs_per_byte);
  const sim::Time begin = std::max(now, channel_free_);
  channel_free_ = begin + (sequential ? whole : std::max(whole, kind.random_occupancy));
  // The quoted latency holds the transfer of a small request already.
  const sim::Time rest =
      bytes > quoted_bytes ? transfer(bytes - quoted_bytes, kind.fs_per_byte) : sim::Time{};
  const sim::Time done = std::max(channel_free_, begin + (sequential ? kind.sequential : kind.random) + rest);
  if (op == BlockOp::write) writes_done_ = std::max(writes_done_, done);
  return done;
}

}  // namespace isosim::cpu
