// Progress on stderr: nothing in the first two seconds, then a line with an ETA; rewritten in place on a
// terminal.
#pragma once

#include <chrono>
#include <string>

namespace isosim::cli {

class ProgressBar {
 public:
  ProgressBar();
  // `share` of the whole, 0 to 1, and the same in words.
  void update(double share, const std::string& text);
  void clear();  // wipes the line of a terminal

 private:
  std::chrono::steady_clock::time_point start_, last_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace isosim::cli
