// Turns lines of strace into events: joins unfinished and resumed calls, finds out whose line it is, keeps
// account of every line.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "traces/event.h"
#include "traces/info.h"
#include "traces/strace_args.h"
#include "traces/strace_clock.h"
#include "traces/strace_prefix.h"

namespace isosim::traces {

class BinaryWriter;

class StraceReader {
 public:
  // One file of the trace: the only one, or that of one thread (-ff).
  struct File {
    std::string name;
    std::int32_t tid = -1;  // -1: the lines tell, or nobody does
    StraceClock clock{};
    std::uint64_t lines = 0;

    // Filled by look(): the line that comes next.
    std::string_view line{};
    bool cut = false;  // it is the last and has no line feed
    Prefix prefix{};
    std::int64_t time_ns = 0;
  };

  explicit StraceReader(BinaryWriter& out) : out_(out) {}

  // Reads the prefix of `line`, which file.take() will process. The time is that of the line, or of the one
  // before it.
  void look(File& file, std::string_view line, bool cut);
  void take(File& file);
  void count_clock_steps(std::uint64_t steps) { info_.clock_steps += steps; }
  // Ends what is still open and writes the directory.
  // `name` is what a line that the end leaves incomplete is reported under.
  void finish(Source source, std::uint64_t bytes, const std::string& name);

  [[nodiscard]] const TraceInfo& info() const { return info_; }

 private:
  struct Thread {
    std::int32_t tid = 0;
    bool pending = false;  // inside a call whose end is still to come
    std::string text;      // of that call, from its name
    std::int64_t start_ns = 0;
    std::uint64_t sequence = 0, line = 0;
    Thread* resumes = nullptr;  // superseded by execve: its end is printed with our tid
  };
  // A call whose line was cut by a notice or by output of the program; the next line without a prefix may go
  // on with it.
  struct Fragment {
    Thread* thread = nullptr;
    std::string text;
    std::int64_t start_ns = 0;
    std::uint64_t line = 0, lines = 0;
    std::string reason;
  };
  enum class Parsed { yes, incomplete, no };

  Thread& thread(std::int32_t tid);
  Thread& owner(const File& file);
  void begin_event(const File& file, Thread& thread, EventKind kind);
  void call(File& file, Thread& thread, std::string_view body);
  Parsed parse_call(std::string_view text, const char*& reason);
  void suspend(Thread& thread, std::string_view text, std::int64_t start_ns, std::uint64_t line);
  void resumed(File& file, Thread& thread, std::string_view body);
  void end_pending(Thread& thread);
  void signal(File& file, Thread& thread, std::string_view body);
  void exit(File& file, Thread& thread, std::string_view body);
  bool notice(std::string_view line);
  void no_prefix(File& file);
  bool continue_fragment(File& file);
  void abandon_fragment(const File& file);
  void emit();
  void learn();
  void rename(std::int32_t from, std::int32_t to);
  void attach(std::int32_t tid);
  void detach(std::int32_t tid);
  void problem(const File& file, std::uint64_t line, std::string reason, std::string_view text);

  BinaryWriter& out_;
  TraceInfo info_;
  std::vector<Problem> problems_;
  PrefixParser prefixes_;
  ArgumentParser args_;
  Event event_;
  std::unordered_map<std::int32_t, std::unique_ptr<Thread>> threads_;  // only looked up
  std::vector<Thread*> order_;                                         // by first line
  Thread* last_ = nullptr;
  Fragment fragment_;
  std::vector<std::int32_t> alive_;  // only when lines may lack their pid
  bool stderr_style_ = false, no_pids_ = true, in_summary_ = false, started_ = false;
  std::uint64_t sequence_ = 0;
  std::int64_t base_ns_ = 0;
  std::string joined_;
};

}  // namespace isosim::traces
