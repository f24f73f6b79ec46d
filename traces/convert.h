// From one form of a trace to the other.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "traces/info.h"
#include "traces/trace.h"

namespace isosim::traces {

enum class Target {
  other,  // text becomes binary, binary becomes text
  binary,
  strace,  // text of strace -f -ttt -T; packed if the name ends in .zst
};

struct Conversion {
  Target target = Target::binary;
  std::uint64_t events = 0;
  std::uint64_t bytes_in = 0;  // unpacked
  std::uint64_t bytes_out = 0;
  std::uint64_t problems = 0;  // lines of the text that could not be parsed
};

// Works in memory that does not grow with the trace, but for -ff sets in a tar or packed, which are unpacked
// in memory. Throws TraceError; then `to` does not exist.
Conversion convert(const std::filesystem::path& from, const std::filesystem::path& to,
                   Target target = Target::other);

// What `trace info` prints: pairs of a name and a value, in order.
std::vector<std::pair<std::string, std::string>> describe(const Trace& trace);

}  // namespace isosim::traces
