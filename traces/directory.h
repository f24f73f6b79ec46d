// The directory at the end of a binary trace: what is in it and where.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "traces/info.h"

namespace isosim::traces {

struct DirectoryThread {
  ThreadInfo info;
  std::uint64_t first_sequence = 0;
  std::vector<std::uint64_t> blocks;  // file offsets, ascending
};

struct Directory {
  TraceInfo info;
  std::vector<std::uint64_t> string_blocks;
  std::vector<DirectoryThread> threads;  // in order of first appearance once written
  std::vector<Problem> problems;
};

std::vector<std::uint8_t> encode_directory(const Directory& directory);
// Throws TraceError if the bytes are no directory; allocates in proportion to their number.
Directory decode_directory(std::span<const std::uint8_t> bytes, const std::string& file);

}  // namespace isosim::traces
