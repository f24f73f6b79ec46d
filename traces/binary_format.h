// isosim's binary trace, version 1, little-endian:
//
//   FileHeader
//   blocks in the order they were filled: BlockHeader, payload
//     events:  records of one thread (traces/record.h); deltas start from zero in each block
//     strings: varint length, bytes, ...; a string is named by block number << 16 | offset of its length in
//     the payload
//   directory: TraceInfo, string blocks, threads with their blocks, problems, all as varints
//   (traces/directory.cc) FileTrailer
//
// Nothing is patched after it was written, so a trace of any length is written in one pass; a file without
// its trailer is recognised as unfinished.
#pragma once

#include <cstddef>
#include <cstdint>

namespace isosim::traces {

inline constexpr std::uint64_t kFileMagic = 0x31454341'52544F53u;     // "SOTRACE1"
inline constexpr std::uint64_t kTrailerMagic = 0x444E4543'41525453u;  // "STRACEND"
inline constexpr std::uint32_t kBlockMagic = 0x4B4C4254u;             // "TBLK"
inline constexpr std::uint32_t kVersion = 1;

struct FileHeader {
  std::uint64_t magic = kFileMagic;
  std::uint32_t version = kVersion;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(FileHeader) == 16);

struct BlockHeader {
  std::uint32_t magic = kBlockMagic;
  std::uint32_t payload_bytes = 0;
  std::uint32_t thread = 0;  // index in the directory; kStringBlock for strings
  std::uint32_t records = 0;
  std::uint64_t checksum = 0;  // hash_bytes of the payload, seeded with block_seed
};
static_assert(sizeof(BlockHeader) == 24);

struct FileTrailer {
  std::uint64_t directory_offset = 0;
  std::uint64_t directory_bytes = 0;
  std::uint64_t checksum = 0;
  std::uint64_t magic = kTrailerMagic;
};
static_assert(sizeof(FileTrailer) == 32);

inline constexpr std::uint32_t kStringBlock = 0xFFFFFFFFu;
inline constexpr std::size_t kBlockBytes = 64 * 1024;  // a block is closed when it has reached this
inline constexpr unsigned kStringOffsetBits = 16;  // a string begins below kBlockBytes of its block's payload
inline constexpr std::uint64_t kEmptyString = 0;   // block 0 begins with an empty string

// Binds a block's place and role into its checksum, so that blocks cannot be exchanged.
inline std::uint64_t block_seed(const BlockHeader& header, std::uint64_t offset) {
  return offset * 0x9E3779B97F4A7C15u ^ (static_cast<std::uint64_t>(header.thread) << 32 | header.records);
}

}  // namespace isosim::traces
