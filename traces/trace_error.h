// What is wrong with a trace file, where, and what would be right.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace isosim::traces {

class TraceError : public std::runtime_error {
 public:
  // `line` 0: the file as a whole. `right` says what was expected there.
  TraceError(const std::string& file, std::uint64_t line, const std::string& wrong, const std::string& right)
      : std::runtime_error(file + (line ? ":" + std::to_string(line) : "") + ": " + wrong +
                           (right.empty() ? "" : "; " + right)),
        file_(file),
        line_(line) {}

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] std::uint64_t line() const { return line_; }

 private:
  std::string file_;
  std::uint64_t line_;
};

}  // namespace isosim::traces
