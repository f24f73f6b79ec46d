#include "cli/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

#include "cli/text_table.h"

namespace isosim::cli {

using Clock = std::chrono::steady_clock;

ProgressBar::ProgressBar() : start_(Clock::now()), last_(start_), terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressBar::update(double share, const std::string& text) {
  const auto now = Clock::now();
  // A log gets a line every ten seconds, a terminal two a second.
  if (now - start_ < std::chrono::seconds(2)) return;
  if (shown_ &&
      now - last_ < (terminal_ ? std::chrono::milliseconds(500) : std::chrono::milliseconds(10'000)))
    return;
  last_ = now;
  shown_ = true;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const std::string left = share > 0 ? format_seconds(elapsed / share - elapsed) : "an unknown time";
  fmt::print(stderr, "{}{} ({}), {} left{}", terminal_ ? "\r" : "", text, format_share(share), left,
             terminal_ ? "\033[K" : "\n");
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (shown_ && terminal_) fmt::print(stderr, "\r\033[K");
}

}  // namespace isosim::cli
