// What is known of a trace as a whole: where it came from, how it was recorded, what each line of it was.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace isosim::traces {

enum class Source : std::uint8_t {
  strace,     // one text file (-o, -f, or stderr)
  strace_ff,  // one text file a thread (-ff)
};

enum class Timestamps : std::uint8_t {
  none,
  seconds_of_day,  // -t
  time_of_day,     // -tt
  unix_time,       // -ttt: the only one that tells the absolute time
  relative,        // -r
};

// Every line of the source is exactly one of these.
struct LineCounts {
  std::uint64_t events = 0;     // an event begins here
  std::uint64_t continued = 0;  // <... resumed>, and pieces of a line that notices or output cut in two
  std::uint64_t notices = 0;    // "strace: Process N attached" and the like
  std::uint64_t summary = 0;    // the table of -c or -C
  std::uint64_t output = 0;     // output of the traced program inside a call that writes
  std::uint64_t blank = 0;
  std::uint64_t problems = 0;  // reported in problems()

  [[nodiscard]] std::uint64_t total() const {
    return events + continued + notices + summary + output + blank + problems;
  }
};

struct TraceInfo {
  Source source = Source::strace;
  Timestamps timestamps = Timestamps::none;
  bool has_durations = false;           // -T
  bool has_pids = false;                // -f, or a file a thread
  bool has_commands = false;            // -Y
  bool has_call_numbers = false;        // -n
  bool has_pointers = false;            // -i
  bool has_descriptor_paths = false;    // -y
  bool has_descriptor_details = false;  // -yy
  std::int64_t start_unix_ns = 0;       // of the first event; 0 unless timestamps are unix_time
  std::int64_t start_of_day_ns = 0;     // of the first event, for -t and -tt
  std::int64_t end_ns = 0;              // end of the last event to end, since the first event
  std::uint64_t events = 0;
  std::uint64_t calls = 0;        // events that are system calls
  std::uint64_t lines = 0;        // of the source
  std::uint64_t bytes = 0;        // of the source, unpacked
  std::uint64_t clock_steps = 0;  // times that the clock of the recording stepped backwards (smoothed away)
  LineCounts line_counts;
};

struct ThreadInfo {
  std::int32_t tid = 0;
  std::uint64_t events = 0;
  std::uint64_t first_line = 0;  // in this thread's file with -ff
  std::uint64_t last_line = 0;
};

// A line that could not be parsed.
struct Problem {
  std::string file;
  std::uint64_t line = 0;
  std::string reason;
  std::string text;  // the line's first bytes
};

inline constexpr std::size_t kProblemsKept = 100;  // all are counted, these many are kept

}  // namespace isosim::traces
