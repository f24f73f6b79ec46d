#include "traces/strace_reader.h"

#include <algorithm>

#include "abi/x86_64.h"
#include "traces/binary_writer.h"
#include "traces/scan.h"

namespace isosim::traces {

namespace {

bool starts_call(std::string_view body) {
  std::size_t i = 0;
  while (i < body.size() && (is_name_char(body[i]) || body[i] == '?')) ++i;
  return i > 0 && i < body.size() && body[i] == '(' && !is_digit(body[0]);
}

}  // namespace

StraceReader::Thread& StraceReader::thread(std::int32_t tid) {
  if (last_ != nullptr && last_->tid == tid) return *last_;
  auto& slot = threads_[tid];
  if (!slot) {
    slot = std::make_unique<Thread>();
    slot->tid = tid;
    order_.push_back(slot.get());
  }
  return *(last_ = slot.get());
}

void StraceReader::attach(std::int32_t tid) {
  if (std::find(alive_.begin(), alive_.end(), tid) == alive_.end()) alive_.push_back(tid);
}

void StraceReader::detach(std::int32_t tid) { std::erase(alive_, tid); }

// Whose line this is. Without -o, strace leaves the pid out while there is one process only; the first one's
// pid shows up when there is a second: until then its events are those of tid 0.
StraceReader::Thread& StraceReader::owner(const File& file) {
  const std::int32_t tid = file.prefix.tid;
  if (tid >= 0 && !file.prefix.bracketed) {
    no_pids_ = false;
    return thread(tid);
  }
  if (tid >= 0) {
    no_pids_ = false;
    stderr_style_ = true;
    const bool known = std::find(alive_.begin(), alive_.end(), tid) != alive_.end();
    if (!known && threads_.contains(0) && !threads_.contains(tid)) {
      rename(0, tid);
    } else if (!known) {
      attach(tid);
    }
    return thread(tid);
  }
  if (file.tid >= 0) return thread(file.tid);
  if (alive_.size() == 1) return thread(alive_.front());
  if (alive_.empty()) {
    attach(0);
    return thread(0);
  }
  return last_ != nullptr ? *last_ : thread(alive_.front());
}

void StraceReader::rename(std::int32_t from, std::int32_t to) {
  const auto at = threads_.find(from);
  if (at == threads_.end() || threads_.find(to) != threads_.end()) return;
  std::unique_ptr<Thread> moved = std::move(at->second);
  threads_.erase(at);
  moved->tid = to;
  threads_[to] = std::move(moved);
  std::replace(alive_.begin(), alive_.end(), from, to);
  out_.rename(from, to);
  last_ = nullptr;
}

void StraceReader::look(File& file, std::string_view line, bool cut) {
  file.line = line;
  file.cut = cut;
  file.prefix = prefixes_.parse(line.data(), line.data() + line.size());
  if (file.prefix.kind != Timestamps::none)
    file.time_ns = file.clock.advance(file.prefix.kind, file.prefix.time_ns);
}

void StraceReader::take(File& file) {
  ++file.lines;
  const Prefix& prefix = file.prefix;
  const std::string_view body(prefix.body,
                              static_cast<std::size_t>(file.line.data() + file.line.size() - prefix.body));
  const bool timed = info_.timestamps == Timestamps::none || prefix.kind != Timestamps::none;
  const char first = body.empty() ? '\0' : body[0];
  const bool call_line = timed && starts_call(body);
  const bool other_line =
      timed && ((first == '<' && body.starts_with("<... ")) || (first == '+' && body.starts_with("+++ ")) ||
                (first == '-' && body.starts_with("--- ")));
  if (!call_line && !other_line) return no_prefix(file);
  if (fragment_.thread != nullptr) abandon_fragment(file);
  in_summary_ = false;
  // Without times, lines tell what came before what, and how long a call was unfinished: a nanosecond each.
  if (prefix.kind == Timestamps::none && file.tid < 0) file.time_ns = static_cast<std::int64_t>(file.lines);
  if (!started_) {
    started_ = true;
    info_.timestamps = prefix.kind;
    base_ns_ = file.time_ns;
    if (prefix.kind == Timestamps::unix_time) info_.start_unix_ns = base_ns_;
    if (prefix.kind == Timestamps::seconds_of_day || prefix.kind == Timestamps::time_of_day)
      info_.start_of_day_ns = base_ns_;
  }
  info_.has_commands |= prefix.has_command;
  info_.has_call_numbers |= prefix.has_number;
  info_.has_pointers |= prefix.has_pointer;
  Thread& t = owner(file);
  switch (first) {
    case '<':
      return resumed(file, t, body);
    case '+':
      return exit(file, t, body);
    case '-':
      return signal(file, t, body);
    default:
      return call(file, t, body);
  }
}

void StraceReader::begin_event(const File& file, Thread& t, EventKind kind) {
  if (t.pending) end_pending(t);
  event_.kind = kind;
  event_.return_kind = ReturnKind::value;
  event_.injected = false;
  event_.nr = kUnknownCall;
  event_.argc = 0;
  event_.tid = t.tid;
  event_.start_ns = file.time_ns - base_ns_;
  event_.duration_ns = -1;
  event_.result = 0;
  event_.sequence = sequence_++;
  event_.line = file.lines;
  event_.error = event_.signal = 0;
  event_.name = event_.return_text = event_.signal_info = {};
}

// What the arguments tell of the options of the recording; and of the tid where no pids are printed: some
// calls return it.
void StraceReader::learn() {
  if (!info_.has_descriptor_details) {
    for (unsigned i = 0; i < event_.argc; ++i) {
      const std::string_view note = event_.args[i].note;
      if (note.empty() || note.starts_with("/*")) continue;
      info_.has_descriptor_paths |= note[0] == '/' || note.find(":[") != std::string_view::npos;
      info_.has_descriptor_details |= note.ends_with('>') || note.starts_with("TCP") ||
                                      note.starts_with("UDP") || note.starts_with("UNIX") ||
                                      note.starts_with("NETLINK");
    }
  }
  const bool returns_tid =
      event_.nr == abi::nr::set_tid_address || event_.nr == abi::nr::gettid || event_.nr == abi::nr::getpid;
  if (event_.tid == 0 && returns_tid && event_.result > 0 && event_.result <= INT32_MAX) {
    rename(0, static_cast<std::int32_t>(event_.result));
  }
}

void StraceReader::emit() {
  out_.add(event_);
  if (event_.kind == EventKind::call) learn();
}

void StraceReader::problem(const File& file, std::uint64_t line, std::string reason, std::string_view text) {
  ++info_.line_counts.problems;
  constexpr std::size_t kTextKept = 120;
  if (problems_.size() < kProblemsKept) {
    problems_.push_back({file.name, line, std::move(reason), std::string(text.substr(0, kTextKept))});
  }
}

void StraceReader::finish(Source source, std::uint64_t bytes, const std::string& name) {
  if (fragment_.thread != nullptr) {
    File last;
    last.name = name;
    abandon_fragment(last);
  }
  for (Thread* t : order_) {
    if (t->pending) end_pending(*t);
  }
  rename(0, 1);  // a single thread whose tid was never printed
  info_.source = source;
  info_.has_pids = !no_pids_ || source == Source::strace_ff;
  info_.lines = info_.line_counts.total();
  info_.bytes = bytes;
  out_.finish(info_, problems_);
}

}  // namespace isosim::traces
