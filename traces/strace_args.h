// The arguments of one call as strace prints them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "traces/event.h"

namespace isosim::traces {

class ArgumentParser {
 public:
  static constexpr std::size_t kMaxArgs = std::size(Event{}.args);

  // Before each line: makes room for the unescaped strings of `bytes` of text. Views of the line before are
  // void.
  void begin(std::size_t bytes);

  // p is behind the opening parenthesis of the call event.nr. Fills args and argc. Returns the first byte
  // behind the closing parenthesis, or nullptr if the text ends before it; args that were complete are there
  // in any case. `mixed`: the traced program may have printed into the line behind its last integer argument.
  const char* parse(const char* p, const char* end, Event& event, bool mixed);

 private:
  // One value; returns its end (a ',' or ')' or `end`), or nullptr if it is incomplete.
  const char* value(const char* p, const char* end, Arg& arg);
  const char* string(const char* p, const char* end, Arg& arg);
  const char* number(const char* p, const char* end, Arg& arg);
  const char* word(const char* p, const char* end, Arg& arg);
  const char* other(const char* p, const char* end, Arg& arg);
  void symbols(std::string_view text, Arg& arg);

  // "PROT_READ|PROT_WRITE" and its like recur in every line: their values by text.
  struct Known {
    static constexpr std::size_t kLongest = 110;
    std::int64_t value = 0;
    std::uint8_t size = 0;
    bool unknown = false;
    char text[kLongest] = {};
  };
  std::array<Known, 256> known_{};
  std::vector<char> scratch_;
  char* unescaped_ = nullptr;
};

}  // namespace isosim::traces
