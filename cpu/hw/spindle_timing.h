// A disk that turns: a request waits for the one before it, for the arm and for its sector to come round
// (Ruemmler and Wilkes, An Introduction to Disk Drive Modeling, 1994). All tracks hold as much as those at
// the outer edge. Requests are served in order of arrival: what the drive's own queue would reorder is not.
#pragma once

#include <deque>

#include "cpu/hw/disk_timing.h"

namespace isosim::cpu {

class SpindleTiming final : public DiskTiming {
 public:
  explicit SpindleTiming(const sim::Settings& settings);
  sim::Time accept(BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Time now) override;

 private:
  struct Cached {
    sim::Time on_medium;
    std::uint64_t bytes;
  };

  // When the medium is done with a request that reaches it at `start`.
  sim::Time serve(std::uint64_t sector, std::uint64_t bytes, sim::Time start);
  [[nodiscard]] sim::Time seek(std::uint64_t tracks) const;
  [[nodiscard]] sim::Time turn(std::uint64_t bytes) const;  // while so many bytes pass under the head
  sim::Time enter_cache(std::uint64_t bytes, sim::Time arrived, sim::Time on_medium);

  sim::Time period_, seek_track_, seek_range_, command_;
  std::uint64_t track_bytes_, tracks_, cache_bytes_;
  bool write_cache_;
  bool reading_ahead_ = false;   // the last request was a read, and the head has gone on
  std::uint64_t next_byte_ = 0;  // behind the last request
  std::uint64_t cached_bytes_ = 0;
  sim::Time medium_free_;
  std::deque<Cached> cached_;
};

}  // namespace isosim::cpu
