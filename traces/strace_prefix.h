// What strace prints before an event: pid, command, time, call number, instruction pointer.
#pragma once

#include <cstdint>
#include <string_view>

#include "traces/info.h"

namespace isosim::traces {

struct Prefix {
  const char* body = nullptr;  // the event itself
  std::int32_t tid = -1;       // -1: none printed
  bool bracketed = false;      // [pid N]: strace wrote to a terminal or to stderr
  bool has_command = false;
  bool has_number = false;
  bool has_pointer = false;
  Timestamps kind = Timestamps::none;
  std::int64_t time_ns = 0;  // as printed: since 1970, since midnight, or since the line before
};

// Remembers what the lines before looked like, only to be fast.
class PrefixParser {
 public:
  Prefix parse(const char* p, const char* end);

 private:
  const char* time(const char* p, const char* end, Prefix& out);
  char second_text_[10] = {};
  std::int64_t second_ns_ = 0;
};

inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

}  // namespace isosim::traces
