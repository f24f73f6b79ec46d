// A turning disk: what seek and rotation make of requests, and what the write cache hides.
#include <catch2/catch.hpp>

#include "cpu/hw/spindle_timing.h"

using namespace isosim;
using cpu::BlockOp;
using sim::Time;

namespace {

constexpr std::uint64_t kTrack = 1'200'000 / 512 * 512;  // 200 MB/s at 10,000 turns a minute, whole sectors
constexpr Time kTurn{6'000'000'000}, kCommand{100'000'000};

sim::Settings disk(bool cache) {
  sim::Settings settings;
  settings.set("disk.rpm", 10'000, "test");
  settings.set("disk.bytes", 1.2e12, "test");
  settings.set("disk.read_bandwidth", 200e6, "test");
  settings.set("disk.write_cache", cache, "test");
  return settings;
}

}  // namespace

TEST_CASE("a stream of writes runs at the medium's rate") {
  cpu::SpindleTiming timing(disk(false));
  Time last;
  for (std::uint64_t i = 0; i < 1000; ++i) last = timing.accept(BlockOp::write, i * 2048, 1 << 20, {});
  CHECK(last.seconds() == Approx(1000.0 * (1 << 20) / 200e6).epsilon(0.01));
}

TEST_CASE("who writes on after the completion has missed the sector and waits for a turn") {
  cpu::SpindleTiming timing(disk(false));
  const Time first = timing.accept(BlockOp::write, 0, 4096, {});
  const Time second = timing.accept(BlockOp::write, 8, 4096, first);
  CHECK((second - first).seconds() == Approx(kTurn.seconds() + 20e-6).epsilon(0.01));
}

TEST_CASE("random requests take an average seek and half a turn") {
  cpu::SpindleTiming timing(disk(false));
  constexpr std::uint64_t sectors = 1'200'000'000'000 / 512, count = 20'000;
  Time now;
  std::uint64_t place = 12345;
  for (std::uint64_t i = 0; i < count; ++i) {
    place = place * 6364136223846793005u + 1442695040888963407u;
    now = timing.accept(BlockOp::read, (place >> 20) % (sectors - 8), 4096, now);
  }
  CHECK(now.seconds() / count == Approx(4.2e-3 + 3e-3 + 0.1e-3 + 0.02e-3).epsilon(0.02));
}

TEST_CASE("reading on goes on where the head is") {
  cpu::SpindleTiming timing(disk(false));
  const Time first = timing.accept(BlockOp::read, 0, 128 << 10, {});
  const Time second = timing.accept(BlockOp::read, 256, 128 << 10, first + sim::microseconds(50));
  CHECK((second - first).seconds() == Approx(131072 / 200e6).epsilon(0.01));
}

TEST_CASE("a write is done in the cache and a flush waits for the medium") {
  cpu::SpindleTiming timing(disk(true));
  const Time first = timing.accept(BlockOp::write, 800, 4096, {});
  CHECK(first == kCommand);
  const Time second = timing.accept(BlockOp::write, 808, 4096, first);  // before the head has come there
  CHECK(second == first + kCommand);
  const Time flushed = timing.accept(BlockOp::flush, 0, 0, second);
  CHECK(flushed.seconds() < 2 * kTurn.seconds());
  CHECK(flushed > second + kCommand);
}

TEST_CASE("a full cache takes writes at the medium's rate") {
  cpu::SpindleTiming timing(disk(true));
  Time now;
  for (std::uint64_t i = 0; i < 1000; ++i) now = timing.accept(BlockOp::write, i * 2048, 1 << 20, now);
  CHECK(now.seconds() == Approx((1000.0 * (1 << 20) - 64e6) / 200e6).epsilon(0.01));
}

TEST_CASE("a turn is a track") {
  cpu::SpindleTiming timing(disk(false));
  const Time first = timing.accept(BlockOp::write, 0, 512, {});
  const Time next_track = timing.accept(BlockOp::write, kTrack / 512, 512, first);
  CHECK((next_track - first).seconds() == Approx(kTurn.seconds()).epsilon(0.01));
}
