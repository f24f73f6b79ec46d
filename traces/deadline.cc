#include "traces/deadline.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "traces/structure.h"
#include "traces/trace.h"

namespace isosim::traces {

namespace {

constexpr std::uint64_t kEventsRead = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
// Clocks since the boot stay below, CLOCK_REALTIME is above since 2001: tells them apart for timerfd, whose
// clock another call chose.
constexpr std::int64_t kEarliestDate = 1'000'000'000;

std::optional<std::int64_t> nanoseconds(std::string_view timespec) {
  const auto seconds = integer(field(timespec, "tv_sec")), rest = integer(field(timespec, "tv_nsec"));
  if (!seconds || !rest || *seconds < 0 || *seconds > INT64_MAX / kSecond - 1) return std::nullopt;
  if (*rest < 0 || *rest >= kSecond) return std::nullopt;
  return *seconds * kSecond + *rest;
}

// The argument's point in time; a zero disarms a timer.
std::optional<Deadline> deadline_in(std::size_t argument, std::string_view timespec) {
  const auto at = nanoseconds(timespec);
  if (!at || *at == 0) return std::nullopt;
  return Deadline{*at >= kEarliestDate * kSecond, *at, argument};
}

std::optional<Deadline> of_futex(const Event& e) {
  if (e.argc < 4 || e.args[3].kind != Arg::Kind::structure) return std::nullopt;
  switch (e.args[1].value & FUTEX_CMD_MASK) {
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI2:
      return deadline_in(3, e.args[3].text);
    default:
      return std::nullopt;
  }
}

// Of CLOCK_REALTIME whatever the date, also the epoch itself.
std::optional<Deadline> of_queue(const Event& e) {
  if (e.argc < 5 || e.args[4].kind != Arg::Kind::structure) return std::nullopt;
  const auto at = nanoseconds(e.args[4].text);
  return at ? std::optional(Deadline{true, *at, 4}) : std::nullopt;
}

bool ended_by_deadline(const Event& e) {
  return e.result == (e.nr == SYS_clock_nanosleep ? 0 : -ETIMEDOUT) && e.return_kind == ReturnKind::value &&
         e.nr != SYS_timerfd_settime;
}

std::int64_t end_of(const Event& e) { return e.start_ns + std::max<std::int64_t>(e.duration_ns, 0); }

}  // namespace

std::optional<Deadline> absolute_deadline(const Event& e) {
  if (e.kind != EventKind::call) return std::nullopt;
  switch (e.nr) {
    case SYS_futex:
      return of_futex(e);
    case SYS_clock_nanosleep:
      if (e.argc < 3 || (e.args[1].value & TIMER_ABSTIME) == 0) return std::nullopt;
      return deadline_in(2, e.args[2].text);
    case SYS_mq_timedsend:
    case SYS_mq_timedreceive:
      return of_queue(e);
    case SYS_timerfd_settime:
      if (e.argc < 3 || (e.args[1].value & TFD_TIMER_ABSTIME) == 0) return std::nullopt;
      return deadline_in(2, field(e.args[2].text, "it_value"));
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> Deadlines::remaining(const Event& e, const Deadline& deadline) {
  std::optional<std::int64_t> left;
  if (const auto start = clocks().at_start[deadline.since_epoch])
    left = std::max<std::int64_t>(deadline.at_ns - *start - e.start_ns, 0);
  // Stamps in whole seconds place the clocks badly; the call itself was measured.
  if (ended_by_deadline(e) && e.duration_ns >= 0) left = std::min(left.value_or(INT64_MAX), e.duration_ns);
  return left;
}

const Deadlines::Clocks& Deadlines::clocks() {
  if (clocks_) return *clocks_;
  clocks_.emplace();
  const auto shows = [&](bool since_epoch, std::int64_t reading, const Event& e) {
    auto& known = clocks_->at_start[since_epoch];
    known = std::max(known.value_or(INT64_MIN), reading - end_of(e));
  };
  std::map<std::int32_t, std::pair<std::int64_t, Deadline>>
      timers;  // by thread: descriptor, what it is set to
  MergedCursor events = trace_->events();
  std::uint64_t seen = 0;
  for (Event e; seen < kEventsRead && events.next(e); ++seen) {
    if (e.kind != EventKind::call) continue;
    if (const auto deadline = absolute_deadline(e)) {
      if (ended_by_deadline(e)) shows(deadline->since_epoch, deadline->at_ns, e);
      if (e.nr == SYS_timerfd_settime) timers[e.tid] = {e.args[0].value, *deadline};
    }
    if (e.nr == SYS_clock_gettime && e.result == 0 && e.argc > 1 && e.args[0].value <= CLOCK_MONOTONIC)
      if (const auto reading = nanoseconds(e.args[1].text))
        shows(e.args[0].value == CLOCK_REALTIME, *reading, e);
    // A timer that can be read has run out.
    const auto timer = timers.find(e.tid);
    if (e.nr == SYS_read && e.result == 8 && timer != timers.end() &&
        timer->second.first == e.args[0].value) {
      shows(timer->second.second.since_epoch, timer->second.second.at_ns, e);
      timers.erase(timer);
    }
  }
  if (const std::int64_t start = trace_->info().start_unix_ns; start != 0) clocks_->at_start[true] = start;
  return *clocks_;
}

}  // namespace isosim::traces
