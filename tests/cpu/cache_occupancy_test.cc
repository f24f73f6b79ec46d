#include "cpu/cache_occupancy.h"

#include <catch2/catch.hpp>

using namespace isosim::cpu;

namespace {

MachineSpec small_machine() {
  MachineSpec spec;
  spec.sockets = 2;
  spec.cores_per_socket = 2;
  spec.l1d_bytes = 32 << 10;
  spec.l2_bytes = 256 << 10;
  spec.l3_bytes = 4 << 20;
  return spec;
}

// Reads a file of `bytes` from start to end, in pieces; where did they lie?
std::array<std::uint64_t, 4> pass(CacheOccupancy& caches, int core, std::uint64_t object, std::uint64_t bytes,
                                  std::uint64_t piece = 4096) {
  std::array<std::uint64_t, 4> lay{};
  for (std::uint64_t at = 0; at < bytes; at += piece) {
    const auto part = caches.use(core, object, at, std::min(piece, bytes - at)).bytes;
    for (std::size_t level = 0; level < 4; ++level) lay[level] += part[level];
  }
  return lay;
}

std::size_t level(Level l) { return static_cast<std::size_t>(l); }

}  // namespace

TEST_CASE("a loop over a file finds it in the smallest cache that holds it", "[cache]") {
  const auto [bytes, expected] = GENERATE(table<std::uint64_t, Level>({{4 << 10, Level::l1},
                                                                       {32 << 10, Level::l1},
                                                                       {64 << 10, Level::l2},
                                                                       {256 << 10, Level::l2},
                                                                       {1 << 20, Level::l3},
                                                                       {3 << 20, Level::l3},
                                                                       {5 << 20, Level::dram},
                                                                       {64 << 20, Level::dram}}));
  for (const std::uint64_t piece : {512u, 4096u, 65536u}) {
    CacheOccupancy caches(small_machine());
    CHECK(pass(caches, 0, 1, bytes, piece)[level(Level::dram)] == bytes);
    for (int i = 0; i < 3; ++i) {
      INFO(bytes << " bytes in pieces of " << piece << ", pass " << i);
      // Beyond the first level, the pieces after the first of a chunk find it near.
      const auto lay = pass(caches, 0, 1, bytes, piece);
      if (piece >= 4096) CHECK(lay[level(expected)] == bytes);
      CHECK(lay[level(Level::dram)] == (expected == Level::dram ? bytes : 0));
    }
  }
}

TEST_CASE("bytes are conserved whatever the offsets", "[cache]") {
  CacheOccupancy caches(small_machine());
  std::uint64_t seed = 1;
  for (int i = 0; i < 20'000; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const std::uint64_t offset = (seed >> 20) % 10'000'000, bytes = 1 + (seed >> 50) % 9000;
    const auto use = caches.use(static_cast<int>((seed >> 15) % 4), (seed >> 12) % 3, offset, bytes);
    REQUIRE(use.bytes[0] + use.bytes[1] + use.bytes[2] + use.bytes[3] == bytes);
  }
}

TEST_CASE("the third level is shared by a socket, the others are not", "[cache]") {
  CacheOccupancy caches(small_machine());
  caches.use(0, 1, 0, 4096);
  CHECK(caches.use(0, 1, 0, 4096).bytes[level(Level::l1)] == 4096);
  CHECK(caches.use(1, 1, 0, 4096).bytes[level(Level::l3)] == 4096);
  CHECK(caches.use(2, 1, 0, 4096).bytes[level(Level::dram)] == 4096);
}

TEST_CASE("what is used often survives a stream", "[cache]") {
  CacheOccupancy caches(small_machine());
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const auto hot = caches.use(0, 1, 0, 4096).bytes;
    if (i > 0) REQUIRE(hot[level(Level::l1)] == 4096);
    caches.use(0, 2, i * 4096, 4096);
  }
}

TEST_CASE("memory of the model is bounded", "[cache]") {
  CacheOccupancy caches(small_machine());
  pass(caches, 0, 1, 1u << 30);
  CHECK(caches.tracked() <= 1u << 14);
}
