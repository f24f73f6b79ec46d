// What the kernel's block layer sees of a disk: requests go in, each completes by an event.
#pragma once

#include <cstdint>

#include "sim/engine.h"

namespace isosim::cpu {

enum class BlockOp : std::uint8_t { read, write, flush };

class BlockDevice {
 public:
  static constexpr std::uint64_t sector_bytes =
      512;  // the unit of addresses, as in Linux, whatever the medium

  virtual ~BlockDevice() = default;

  // Hands a request to the device at the engine's now(); `done` fires when the device raises its completion
  // interrupt and must live until then. The device works on queue_depth() requests at once and keeps the rest
  // in order of submission. `bytes` is a multiple of sector_bytes (0 for flush, which completes after every
  // write before it is on the medium). Throws std::out_of_range if the request leaves the medium,
  // std::invalid_argument if it is misaligned or if `done` is pending already.
  virtual void submit(BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Event& done) = 0;

  // Whether a completed write may still be in a cache, so that a flush does anything. Without one the block
  // layer drops flushes (generic_make_request_checks).
  [[nodiscard]] virtual bool write_cache() const = 0;
  [[nodiscard]] virtual std::uint64_t sectors() const = 0;  // of the partition
  [[nodiscard]] virtual int queue_depth() const = 0;
};

}  // namespace isosim::cpu
