#include "cpu/hw/spindle_timing.h"

#include <algorithm>

#include "cpu/hw/disk_params.h"

namespace isosim::cpu {

namespace {

std::uint64_t square_root(std::uint64_t value) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = 1ull << 31; bit; bit >>= 1)
    if ((root + bit) * (root + bit) <= value) root += bit;
  return root;
}

std::uint64_t whole(const sim::Settings& settings, const sim::Param& param) {
  return static_cast<std::uint64_t>(settings.integer(param));
}

constexpr std::uint64_t kSector = BlockDevice::sector_bytes;

}  // namespace

SpindleTiming::SpindleTiming(const sim::Settings& settings)
    : period_{60'000'000'000'000 / settings.integer(param::disk_rpm)},
      seek_track_(sim::nanoseconds(settings.integer(param::disk_seek_track))),
      command_(sim::nanoseconds(settings.integer(param::disk_command))),
      track_bytes_(whole(settings, param::disk_read_rate) * 60 / whole(settings, param::disk_rpm) / kSector *
                   kSector),
      tracks_(std::max<std::uint64_t>(1, whole(settings, param::disk_bytes) / track_bytes_)),
      cache_bytes_(whole(settings, param::disk_cache_bytes)),
      write_cache_(settings.flag(param::disk_write_cache)) {
  // The time goes with the root of the distance, whose mean between random tracks is 8/15 of that of a full
  // stroke.
  const sim::Time average = sim::nanoseconds(settings.integer(param::disk_seek_average));
  seek_range_ = {std::max<std::int64_t>(0, (average - seek_track_).ps) * 15 / 8};
}

sim::Time SpindleTiming::seek(std::uint64_t tracks) const {
  if (tracks == 0) return {};
  constexpr int kBits = 16;  // of the root, as a fraction of the full stroke's
  const std::uint64_t root = square_root((std::min(tracks, tracks_) << (2 * kBits)) / tracks_);
  return seek_track_ + sim::Time{(seek_range_.ps >> kBits) * static_cast<std::int64_t>(root)};
}

sim::Time SpindleTiming::turn(std::uint64_t bytes) const {
  const auto turns = static_cast<std::int64_t>(bytes / track_bytes_);
  const auto rest = static_cast<std::int64_t>(bytes % track_bytes_);
  return {turns * period_.ps + rest * period_.ps / static_cast<std::int64_t>(track_bytes_)};
}

sim::Time SpindleTiming::serve(std::uint64_t sector, std::uint64_t bytes, sim::Time start) {
  const std::uint64_t first = sector * kSector;
  const std::uint64_t from = next_byte_ / track_bytes_, to = first / track_bytes_;
  if (first != next_byte_) start = start + seek(from < to ? to - from : from - to);
  next_byte_ = first + bytes;
  // Sectors pass at fixed angles. The end is reckoned from the turn's begin as the next begin will be, so
  // that a request which goes on there loses nothing to rounding.
  const std::int64_t angle = turn(first % track_bytes_).ps;
  const std::int64_t wait = (angle - start.ps % period_.ps + period_.ps) % period_.ps;
  return {start.ps + wait - angle + turn(first % track_bytes_ + bytes).ps};
}

// A full cache takes a write when enough of what is in it has come to the medium.
sim::Time SpindleTiming::enter_cache(std::uint64_t bytes, sim::Time arrived, sim::Time on_medium) {
  sim::Time entered = arrived;
  while (!cached_.empty() && (cached_.front().on_medium <= arrived || cached_bytes_ + bytes > cache_bytes_)) {
    entered = std::max(entered, cached_.front().on_medium);
    cached_bytes_ -= cached_.front().bytes;
    cached_.pop_front();
  }
  cached_.push_back({on_medium, bytes});
  cached_bytes_ += bytes;
  return entered;
}

sim::Time SpindleTiming::accept(BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Time now) {
  const sim::Time arrived = now + command_;
  if (op == BlockOp::flush) return std::max(arrived, medium_free_);
  const bool ahead = op == BlockOp::read && reading_ahead_ && sector * kSector == next_byte_;
  reading_ahead_ = op == BlockOp::read;
  medium_free_ = serve(sector, bytes, ahead ? medium_free_ : std::max(arrived, medium_free_));
  if (op == BlockOp::write && write_cache_) return enter_cache(bytes, arrived, medium_free_);
  return std::max(arrived, medium_free_);
}

}  // namespace isosim::cpu
