#include "traces/gaps.h"

#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <vector>

#include "traces/event.h"
#include "traces/trace.h"

namespace isosim::traces {

namespace {

constexpr std::uint64_t kMostEvents = 1'000'000;
constexpr std::size_t kFewest = 8;    // samples below which a state is not trusted
constexpr std::int64_t kSpreads = 3;  // the band's width above the mode, in spreads below it
constexpr double kApart = 2.5;        // two states differ at least by this factor

// Calls whose own time is far below that of a ptrace stop, whatever their arguments.
bool trivial(const Event& e) {
  switch (e.nr) {
    case SYS_getpid:
    case SYS_gettid:
    case SYS_getppid:
    case SYS_getuid:
    case SYS_geteuid:
    case SYS_getgid:
    case SYS_getegid:
    case SYS_close:
    case SYS_brk:
    case SYS_lseek:
    case SYS_fcntl:
    case SYS_umask:
    case SYS_rt_sigprocmask:
    case SYS_rt_sigaction:
    case SYS_arch_prctl:
    case SYS_set_robust_list:
    case SYS_set_tid_address:
    case SYS_rseq:
    case SYS_prlimit64:
      return true;
    default:
      return false;
  }
}

// The most frequent value: the densest half of the densest half ... (half-sample mode; Bickel and Frühwirth
// 2006).
std::int64_t mode(const std::vector<std::int64_t>& sorted, std::size_t size) {
  std::size_t from = 0;
  while (size > 3) {
    const std::size_t half = (size + 1) / 2;
    std::size_t best = from;
    for (std::size_t i = from; i + half <= from + size; ++i) {
      if (sorted[i + half - 1] - sorted[i] < sorted[best + half - 1] - sorted[best]) best = i;
    }
    from = best;
    size = half;
  }
  std::int64_t sum = 0;
  for (std::size_t i = from; i < from + size; ++i) sum += sorted[i];
  return size ? sum / static_cast<std::int64_t>(size) : 0;
}

// Splits durations into two groups so that the logarithms vary least within each (Otsu's threshold); nothing
// if the groups are not clearly apart.
std::optional<std::int64_t> split(const std::vector<std::int64_t>& sorted) {
  const std::size_t n = sorted.size();
  if (n < 20) return std::nullopt;
  std::vector<double> sums{0};
  for (const std::int64_t v : sorted)
    sums.push_back(sums.back() + std::log(static_cast<double>(std::max<std::int64_t>(v, 100))));
  const std::size_t margin = std::max<std::size_t>(1, n / 50);
  double best = 0, low = 0, high = 0;
  for (std::size_t i = margin; i < n - margin; ++i) {
    const double a = sums[i] / static_cast<double>(i), b = (sums[n] - sums[i]) / static_cast<double>(n - i);
    const double between = static_cast<double>(i) * static_cast<double>(n - i) * (b - a) * (b - a);
    if (between > best) best = between, low = a, high = b;
  }
  if (high - low < std::log(kApart)) return std::nullopt;
  return static_cast<std::int64_t>(std::exp((low + high) / 2));
}

TracerState state_from(std::vector<std::int64_t>& gaps, std::vector<std::int64_t>& durations) {
  TracerState state;
  std::sort(gaps.begin(), gaps.end());
  std::sort(durations.begin(), durations.end());
  // The largest fifth is computation for sure.
  state.outside_ns = mode(gaps, std::max(kFewest, gaps.size() * 4 / 5));
  const std::int64_t low = gaps[gaps.size() / 50];
  state.band_ns = state.outside_ns + kSpreads * std::max<std::int64_t>(state.outside_ns - low, 0);
  state.samples = gaps.size();
  if (!durations.empty()) state.inside_ns = durations[durations.size() / 2];
  return state;
}

template <class Each>
void for_each_event(const Trace& trace, Each each) {
  MergedCursor events = trace.events();
  std::uint64_t seen = 0;
  for (Event event; seen < kMostEvents && events.next(event); ++seen) each(event);
}

}  // namespace

TracerOverhead estimate_tracer_overhead(const Trace& trace) {
  TracerOverhead overhead;
  if (trace.info().timestamps == Timestamps::none) {
    overhead.method = "the trace has no times: no gaps";
    overhead.timed = false;
    return overhead;
  }
  std::vector<std::int64_t> durations;
  for_each_event(trace, [&](const Event& e) {
    ++overhead.events;
    if (trivial(e) && e.duration_ns >= 0) durations.push_back(e.duration_ns);
  });
  std::sort(durations.begin(), durations.end());
  const auto threshold = split(durations);
  overhead.threshold_ns = threshold.value_or(0);
  overhead.state_count = threshold ? 2 : 1;

  std::array<std::vector<std::int64_t>, 2> gaps, inside;
  const auto collect = [&](auto&& each) {
    std::unordered_map<std::int32_t, GapClock> clocks;  // by tid, looked up only
    for_each_event(trace, [&](const Event& e) {
      const auto clock = clocks.try_emplace(e.tid, GapMode::recorded, overhead).first;
      const bool first = clock->second.first();
      const std::int64_t gap = clock->second.before(e);
      if (!first) each(e, gap, clock->second.state());
    });
  };
  collect([&](const Event& e, std::int64_t gap, std::uint8_t state) {
    gaps[state].push_back(gap);
    overhead.recorded_seconds += static_cast<double>(gap) * 1e-9;
    if (trivial(e) && e.duration_ns >= 0) inside[state].push_back(e.duration_ns);
  });
  for (std::uint8_t i = 0; i < 2; ++i) {
    if (gaps[i].size() >= kFewest) overhead.states[i] = state_from(gaps[i], inside[i]);
  }
  if (overhead.states[0].samples == 0 && overhead.states[1].samples == 0) {
    overhead.state_count = 0;
    overhead.corrected_seconds = overhead.recorded_seconds;
    overhead.method = "too few calls to tell the tracer from the program: gaps as recorded";
    return overhead;
  }
  for (std::uint8_t i = 0; i < 2; ++i) {
    for (const std::int64_t gap : gaps[i]) {
      const TracerState& state = overhead.states[i];
      if (gap > state.band_ns)
        overhead.corrected_seconds += static_cast<double>(gap - state.outside_ns) * 1e-9;
    }
  }
  overhead.method = "most frequent gap between calls";
  for (std::uint8_t i = 0; i < 2; ++i) {
    const TracerState& s = overhead.states[i];
    if (s.samples == 0) continue;
    overhead.method += fmt::format(
        "{} {:.1f} us with trivial calls of {:.1f} us ({} gaps; up to {:.1f} us count as none)",
        i == 1 && overhead.states[0].samples ? "; or" : ":", static_cast<double>(s.outside_ns) / 1e3,
        static_cast<double>(s.inside_ns) / 1e3, s.samples, static_cast<double>(s.band_ns) / 1e3);
  }
  return overhead;
}

std::int64_t GapClock::before(const Event& event) {
  const bool call = event.kind == EventKind::call;
  const auto observe = [&](std::int64_t duration, bool is_trivial) {
    if (overhead_->state_count < 2 || duration < 0) return;
    if (duration < overhead_->threshold_ns) {
      state_ = 0;
    } else if (is_trivial) {
      state_ = 1;
    }
  };
  observe(previous_duration_ns_, previous_trivial_);
  previous_duration_ns_ = call ? event.duration_ns : -1;
  previous_trivial_ = call && trivial(event);
  observe(previous_duration_ns_, previous_trivial_);

  if (!overhead_->timed) return 0;
  const std::int64_t span = first_ ? 0 : event.start_ns - previous_end_ns_;
  const std::int64_t gap = span < 0 || span > kClockStep ? 0 : span;
  first_ = false;
  previous_end_ns_ = event.start_ns + std::max<std::int64_t>(previous_duration_ns_, 0);
  switch (mode_) {
    case GapMode::recorded:
      return gap;
    case GapMode::none:
      return 0;
    case GapMode::corrected:
      break;
  }
  if (overhead_->state_count == 0) return gap;
  const TracerState& state = overhead_->states[state_];
  return gap > state.band_ns ? gap - state.outside_ns : 0;
}

}  // namespace isosim::traces
