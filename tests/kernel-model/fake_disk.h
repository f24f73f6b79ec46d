// A disk for tests: every request takes 100 us, and it counts what it was asked.
#pragma once

#include "cpu/block_device.h"

namespace isosim::test {

struct FakeDisk final : cpu::BlockDevice {
  explicit FakeDisk(std::uint64_t bytes) : sectors_(bytes / sector_bytes) {}

  void submit(cpu::BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Event& done) override {
    if (sector + bytes / sector_bytes > sectors_) throw std::out_of_range("request leaves the disk");
    switch (op) {
      case cpu::BlockOp::read:
        ++reads;
        read_bytes += bytes;
        break;
      case cpu::BlockOp::write:
        written += bytes;
        break;
      case cpu::BlockOp::flush:
        ++flushes;
        break;
    }
    engine->schedule(done, engine->now() + sim::microseconds(100));
  }
  [[nodiscard]] bool write_cache() const override { return cache; }
  [[nodiscard]] std::uint64_t sectors() const override { return sectors_; }
  [[nodiscard]] int queue_depth() const override { return 32; }

  sim::Engine* engine = nullptr;
  bool cache = true;
  std::uint64_t reads = 0, read_bytes = 0, written = 0, flushes = 0;

 private:
  std::uint64_t sectors_;
};

}  // namespace isosim::test
