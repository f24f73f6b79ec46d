// Progress on stderr: nothing in the first two seconds, then a line with an ETA; rewritten in place on a
// terminal.
#pragma once

#include <chrono>
#include <cstdint>

namespace isosim::cli {

class ProgressBar {
 public:
  ProgressBar();
  void update(std::uint64_t done, std::uint64_t total);
  void clear();  // wipes the line of a terminal

 private:
  std::chrono::steady_clock::time_point start_, last_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace isosim::cli
