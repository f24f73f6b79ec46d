// Which cache holds which piece of data: first and second level a core, third a socket.
//
// LRU by odometer. Each cache counts the bytes that were brought in; a chunk remembers the reading when it
// was last brought to the front, and is still there while less than the cache's capacity has come in since. A
// hit in the older half moves the chunk to the front, so what is used stays, at a cost of a few additions an
// access. A loop over a file that fits always hits, and over one that does not always misses, as with true
// LRU.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cpu/cpu.h"

namespace isosim::cpu {

class CacheOccupancy {
 public:
  static constexpr std::uint64_t kChunk = 4096;
  struct Use {
    std::array<std::uint64_t, 4> bytes{};  // where they lay, indexed by Level
    std::uint64_t streams = 0;  // chunks entered from memory: the prefetcher follows only after a first miss
  };

  explicit CacheOccupancy(const MachineSpec& spec);

  // A core (numbered through all sockets) uses [offset, offset + bytes) of `object`. Says where the bytes
  // lay, and moves them to the front.
  Use use(int core, std::uint64_t object, std::uint64_t offset, std::uint64_t bytes);

  // The core's own levels lose what they hold; the third keeps it.
  void empty(int core);

  // Chunks that some cache may hold; bounded by the third levels' capacity over the smallest piece.
  [[nodiscard]] std::size_t tracked() const { return used_; }

 private:
  struct Cache {
    std::uint64_t capacity = 0;
    std::uint64_t odometer = 0;
  };
  struct Chunk {
    std::uint64_t key = 0;                 // 0: free slot
    std::uint32_t low = 0, high = 0;       // the part that was used, in whole lines
    std::int32_t core = 0;                 // the last to use it
    std::array<std::uint64_t, 3> front{};  // odometers of that core's L1 and L2 and of its socket's L3
  };

  Chunk& find(std::uint64_t key);
  void make_room();
  [[nodiscard]] bool holds(const Cache& cache, const Chunk& chunk, std::size_t level) const;
  void use_piece(int core, std::uint64_t key, std::uint32_t low, std::uint32_t high, Use& lay);

  int cores_per_socket_;
  std::vector<Cache> l1_, l2_, l3_;
  std::vector<Chunk> slots_;  // open addressing, linear probing
  std::size_t used_ = 0;
};

}  // namespace isosim::cpu
