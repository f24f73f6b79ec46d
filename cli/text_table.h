// Plain text tables: the first column to the left, the others to the right.
#pragma once

#include <string>
#include <vector>

namespace isosim::cli {

class TextTable {
 public:
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // Each row on a line, columns padded to their widest cell, two spaces between; `indent` spaces before.
  [[nodiscard]] std::string str(int indent = 2) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// 1.23 ns, 45.6 us, 789 ms: three digits and the unit that suits. `seconds` may be 0.
std::string format_seconds(double seconds);

// 12,345
std::string format_count(std::uint64_t count);

// 12.3 %
std::string format_share(double share);

}  // namespace isosim::cli
