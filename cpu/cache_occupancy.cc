#include "cpu/cache_occupancy.h"

#include <algorithm>
#include <utility>

namespace isosim::cpu {

namespace {

constexpr std::uint64_t kLine = 64;

std::uint64_t mix(std::uint64_t object, std::uint64_t chunk) {
  std::uint64_t x = object * 0x9E3779B97F4A7C15u + chunk;
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93u;
  x ^= x >> 32;
  return x | 1;  // 0 marks a free slot
}

}  // namespace

CacheOccupancy::CacheOccupancy(const MachineSpec& spec)
    : cores_per_socket_(spec.cores_per_socket), slots_(1u << 14) {
  const auto sockets = static_cast<std::size_t>(spec.sockets);
  const auto cores = sockets * static_cast<std::size_t>(spec.cores_per_socket);
  l1_.assign(cores, {static_cast<std::uint64_t>(spec.l1d_bytes), 0});
  l2_.assign(cores, {static_cast<std::uint64_t>(spec.l2_bytes), 0});
  l3_.assign(sockets, {static_cast<std::uint64_t>(spec.l3_bytes), 0});
}

bool CacheOccupancy::holds(const Cache& cache, const Chunk& chunk, std::size_t level) const {
  return cache.odometer - chunk.front[level] + (chunk.high - chunk.low) <= cache.capacity;
}

CacheOccupancy::Chunk& CacheOccupancy::find(std::uint64_t key) {
  if (used_ * 2 >= slots_.size()) make_room();
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = (key >> 1) & mask;
  while (slots_[i].key != key && slots_[i].key != 0) i = (i + 1) & mask;
  return slots_[i];
}

// Forgets what no cache holds any more; grows only if that is not enough.
void CacheOccupancy::make_room() {
  std::vector<Chunk> live;
  for (const Chunk& chunk : slots_)
    if (chunk.key != 0 && holds(l3_[static_cast<std::size_t>(chunk.core / cores_per_socket_)], chunk, 2))
      live.push_back(chunk);
  if (live.size() * 4 >= slots_.size()) slots_.resize(slots_.size() * 2);
  std::fill(slots_.begin(), slots_.end(), Chunk{});
  const std::size_t mask = slots_.size() - 1;
  for (const Chunk& chunk : live) {
    std::size_t i = (chunk.key >> 1) & mask;
    while (slots_[i].key != 0) i = (i + 1) & mask;
    slots_[i] = chunk;
  }
  used_ = live.size();
}

void CacheOccupancy::use_piece(int core, std::uint64_t key, std::uint32_t low, std::uint32_t high, Use& lay) {
  Chunk& chunk = find(key);
  Cache* caches[3] = {&l1_[static_cast<std::size_t>(core)], &l2_[static_cast<std::size_t>(core)],
                      &l3_[static_cast<std::size_t>(core / cores_per_socket_)]};
  const bool same_core = chunk.core == core;
  const bool same_socket = chunk.core / cores_per_socket_ == core / cores_per_socket_;
  bool held[3] = {};
  if (chunk.key == 0) {
    ++used_;
    chunk.key = key;
  } else {
    held[2] = same_socket && holds(*caches[2], chunk, 2);
    held[1] = held[2] && same_core && holds(*caches[1], chunk, 1);
    held[0] = held[1] && holds(*caches[0], chunk, 0);
  }
  std::uint32_t known = 0;  // bytes of this use that the third level holds
  if (held[2])
    known = std::max(std::min(high, chunk.high), std::max(low, chunk.low)) - std::max(low, chunk.low);
  lay.bytes[held[0] ? 0 : held[1] ? 1 : 2] = known;
  lay.bytes[3] = (high - low) - known;
  lay.streams = held[2] ? 0 : 1;

  std::uint32_t added = high - low;
  if (held[2]) {
    const std::uint32_t before = chunk.high - chunk.low;
    low = std::min(low, chunk.low);
    high = std::max(high, chunk.high);
    added = (high - low) - before;
  }
  chunk.low = low;
  chunk.high = high;
  chunk.core = core;
  for (std::size_t level = 0; level < 3; ++level) {
    Cache& cache = *caches[level];
    if (held[level] && cache.odometer - chunk.front[level] < cache.capacity / 2) {
      cache.odometer += added;
    } else {
      cache.odometer += high - low;
      chunk.front[level] = cache.odometer;
    }
  }
}

void CacheOccupancy::empty(int core) {
  for (Cache* cache : {&l1_[static_cast<std::size_t>(core)], &l2_[static_cast<std::size_t>(core)]})
    cache->odometer += cache->capacity;
}

CacheOccupancy::Use CacheOccupancy::use(int core, std::uint64_t object, std::uint64_t offset,
                                        std::uint64_t bytes) {
  Use lay;
  std::uint64_t at = offset;
  const std::uint64_t end = offset + bytes;
  while (at < end) {
    const std::uint64_t chunk = at / kChunk;
    const std::uint64_t stop = std::min(end, (chunk + 1) * kChunk);
    const std::uint64_t low = at % kChunk / kLine * kLine;
    const std::uint64_t high = ((stop - 1) % kChunk / kLine + 1) * kLine;
    Use lines;
    use_piece(core, mix(object, chunk), static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(high),
              lines);
    lay.streams += lines.streams;
    // Whole lines move, but only the bytes asked for are copied: ends are taken from the nearest level first.
    std::uint64_t rest = stop - at;
    for (std::size_t level = 0; level < 4; ++level) {
      const std::uint64_t part = std::min(rest, lines.bytes[level]);
      lay.bytes[level] += part;
      rest -= part;
    }
    at = stop;
  }
  return lay;
}

}  // namespace isosim::cpu
