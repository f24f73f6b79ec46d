// Integers as strace prints them: 0x7f00, -1, 0640, NULL, 8192*1024, 1<<20, O_RDWR|0x20, makedev(0x8, 0x1).
#pragma once

#include <cstdint>
#include <string_view>

namespace isosim::traces {

struct Evaluation {
  bool valid = false;    // the text has the form of an integer
  bool unknown = false;  // some name in it is not known, and counts as 0
  std::int64_t value = 0;
};

// Comments and a trailing annotation <...> are skipped.
Evaluation evaluate(std::string_view text);

}  // namespace isosim::traces
