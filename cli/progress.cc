#include "cli/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

#include "cli/text_table.h"

namespace isosim::cli {

using Clock = std::chrono::steady_clock;

ProgressBar::ProgressBar() : start_(Clock::now()), last_(start_), terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressBar::update(std::uint64_t done, std::uint64_t total) {
  const auto now = Clock::now();
  // A log gets a line every ten seconds, a terminal two a second.
  if (now - start_ < std::chrono::seconds(2) || total == 0) return;
  if (shown_ &&
      now - last_ < (terminal_ ? std::chrono::milliseconds(500) : std::chrono::milliseconds(10'000)))
    return;
  last_ = now;
  shown_ = true;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const std::string eta = share > 0 ? format_seconds(elapsed / share - elapsed) : "unknown";
  fmt::print(stderr, "{}{} of {} calls ({}), {} left{}", terminal_ ? "\r" : "", format_count(done),
             format_count(total), format_share(share), eta, terminal_ ? "\033[K" : "\n");
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (shown_ && terminal_) fmt::print(stderr, "\r\033[K");
}

}  // namespace isosim::cli
