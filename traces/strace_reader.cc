#include "traces/strace_reader.h"

#include <algorithm>

#include "traces/binary_writer.h"
#include "traces/call_names.h"
#include "traces/call_numbers.h"
#include "traces/constants.h"
#include "traces/scan.h"
#include "traces/strace_result.h"

namespace isosim::traces {

namespace {

constexpr std::string_view kUnfinished = "<unfinished ...>";
constexpr std::size_t kFragmentBytes = 1u << 20;
constexpr std::uint64_t kFragmentLines = 1000;

// "TEXT <unfinished ...>", "TEXT <detached ...>", "TEXT <pid changed to N ...>": cuts that off. Empty: no
// such end.
std::string_view take_unfinished(std::string_view& text) {
  if (!text.ends_with("...>")) return {};
  const std::size_t open = text.rfind('<');
  if (open == std::string_view::npos) return {};
  const std::string_view mark = text.substr(open);
  if (mark != kUnfinished && mark != "<detached ...>" && !mark.starts_with("<pid changed to ")) return {};
  text = text.substr(0, open);
  if (text.ends_with(' ')) text.remove_suffix(1);
  return mark;
}

bool starts_call(std::string_view body) {
  std::size_t i = 0;
  while (i < body.size() && (is_name_char(body[i]) || body[i] == '?')) ++i;
  return i > 0 && i < body.size() && body[i] == '(' && !is_digit(body[0]);
}

// The number behind `mark`, or -1.
std::int32_t number_after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return -1;
  std::uint64_t n = 0;
  const char* p = text.data() + at + mark.size();
  const char* end = text.data() + text.size();
  return read_decimal(p, end, n) == p || n > INT32_MAX ? -1 : static_cast<std::int32_t>(n);
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

// A call as it stands in `text`, from its name to the end of the line, into event_.
StraceReader::Parsed StraceReader::parse_call(std::string_view text, const char*& reason) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end && *p != '(') ++p;
  if (p == end) {
    reason = "no call";
    return Parsed::no;
  }
  const std::string_view name(text.data(), static_cast<std::size_t>(p - text.data()));
  const CallName known = find_call(name);
  event_.nr = known.nr;
  event_.name = known.nr == kUnknownCall ? name : known.name;
  args_.begin(text.size());
  p = args_.parse(p + 1, end, event_, stderr_style_ || no_pids_);
  event_.return_kind = ReturnKind::none;
  if (p == nullptr) {
    reason = "ends inside the arguments";
    return Parsed::incomplete;
  }
  while (p < end && *p == ' ') ++p;
  if (p == end) {
    reason = "ends before the result";
    return Parsed::incomplete;
  }
  if (!parse_result(p, end, event_)) {
    reason = "no result behind the arguments";
    return Parsed::no;
  }
  info_.has_durations |= event_.duration_ns >= 0;
  return Parsed::yes;
}

void StraceReader::call(File& file, Thread& t, std::string_view body) {
  if (const std::string_view mark = take_unfinished(body); !mark.empty()) {
    if (t.pending) end_pending(t);
    suspend(t, body, file.time_ns - base_ns_, file.lines);
    if (mark.starts_with("<detached")) end_pending(t);
    ++info_.line_counts.events;
    return;
  }
  begin_event(file, t, EventKind::call);
  const char* reason = "";
  const Parsed parsed = parse_call(body, reason);
  if (parsed == Parsed::yes) {
    ++info_.line_counts.events;
    emit();
    return;
  }
  --sequence_;
  started_ &=
      sequence_ > 0;  // what the first lines look like, output of the program perhaps, decides nothing
  const bool mixed = stderr_style_ || no_pids_;
  if (parsed == Parsed::incomplete && mixed && !file.cut) {
    const std::size_t at = body.rfind("strace: Process ");
    if (at != std::string_view::npos && (body.ends_with(" attached") || body.ends_with(" detached"))) {
      notice(body.substr(at));
      body = body.substr(0, at);
    }
    fragment_.thread = &t;
    fragment_.text.assign(body);
    fragment_.start_ns = file.time_ns - base_ns_;
    fragment_.line = file.lines;
    fragment_.lines = 1;
    fragment_.reason = reason;
    return;
  }
  problem(file, file.lines, file.cut ? "the file ends inside this line" : reason, file.line);
}

void StraceReader::suspend(Thread& t, std::string_view text, std::int64_t start_ns, std::uint64_t line) {
  t.pending = true;
  t.text.assign(text);
  t.start_ns = start_ns;
  t.sequence = sequence_++;
  t.line = line;
}

// The call never came back: its arguments as far as they were printed, no result.
void StraceReader::end_pending(Thread& t) {
  t.pending = false;
  const Event outer = event_;
  event_.kind = EventKind::call;
  event_.injected = false;
  event_.tid = t.tid;
  event_.start_ns = t.start_ns;
  event_.duration_ns = -1;
  event_.result = 0;
  event_.sequence = t.sequence;
  event_.line = t.line;
  event_.error = event_.signal = 0;
  event_.return_text = event_.signal_info = {};
  const char* reason = "";
  parse_call(t.text, reason);
  event_.return_kind = ReturnKind::none;
  emit();
  event_ = outer;
}

void StraceReader::resumed(File& file, Thread& printed, std::string_view body) {
  Thread& t = printed.resumes != nullptr ? *printed.resumes : printed;
  printed.resumes = nullptr;
  const std::size_t name_end = body.find(" resumed>");
  if (name_end == std::string_view::npos) return problem(file, file.lines, "not a line of strace", file.line);
  const std::string_view name = body.substr(5, name_end - 5);
  if (!t.pending) {
    return problem(file, file.lines, "the call " + std::string(name) + " is resumed here, but begins nowhere",
                   file.line);
  }
  if (!std::string_view(t.text).starts_with(name)) {
    return problem(file, file.lines,
                   "the call " + std::string(name) + " is resumed here, but the thread is inside " +
                       t.text.substr(0, t.text.find('(')),
                   file.line);
  }
  std::string_view rest = body.substr(name_end + sizeof(" resumed>") - 1);
  constexpr std::string_view kAgain = " <unfinished ...>)";
  if (rest.starts_with(kAgain)) rest.remove_prefix(kAgain.size() - 1);
  const bool again = !take_unfinished(rest).empty();
  joined_.assign(t.text).append(rest);
  if (again) {
    t.text = joined_;
    ++info_.line_counts.continued;
    return;
  }
  event_.kind = EventKind::call;
  event_.tid = t.tid;
  event_.start_ns = t.start_ns;
  event_.sequence = t.sequence;
  event_.line = t.line;
  event_.signal = 0;
  event_.signal_info = {};
  const char* reason = "";
  if (parse_call(joined_, reason) != Parsed::yes) {
    return problem(file, file.lines, file.cut ? "the file ends inside this line" : reason, file.line);
  }
  if (event_.duration_ns < 0 && info_.timestamps != Timestamps::none) {
    event_.duration_ns = file.time_ns - base_ns_ - t.start_ns;
  }
  t.pending = false;
  ++info_.line_counts.continued;
  emit();
}

void StraceReader::signal(File& file, Thread& t, std::string_view body) {
  constexpr std::string_view kStopped = "--- stopped by ";
  const bool stopped = body.starts_with(kStopped);
  if (!body.ends_with(" ---") || body.size() < 9) {
    return problem(file, file.lines, file.cut ? "the file ends inside this line" : "not a line of strace",
                   file.line);
  }
  std::string_view text = body.substr(stopped ? kStopped.size() : 4);
  text.remove_suffix(4);
  std::size_t i = 0;
  while (i < text.size() && is_name_char(text[i])) ++i;
  begin_event(file, t, stopped ? EventKind::stopped : EventKind::signal);
  event_.name = text.substr(0, i);
  event_.signal = find_signal(event_.name);
  while (i < text.size() && text[i] == ' ') ++i;
  event_.signal_info = text.substr(i);
  ++info_.line_counts.events;
  emit();
}

void StraceReader::exit(File& file, Thread& t, std::string_view body) {
  constexpr std::string_view kKilled = "+++ killed by ";
  if (!body.ends_with(" +++")) {
    return problem(file, file.lines, file.cut ? "the file ends inside this line" : "not a line of strace",
                   file.line);
  }
  const std::int32_t status = number_after(body, "+++ exited with ");
  const std::int32_t successor = number_after(body, "+++ superseded by execve in pid ");
  if (status < 0 && successor < 0 && !body.starts_with(kKilled)) {
    return problem(file, file.lines, "an end of a thread that is not known", file.line);
  }
  const bool killed = status < 0 && successor < 0;
  begin_event(file, t, killed ? EventKind::killed : EventKind::exited);
  if (killed) {
    std::string_view text = body.substr(kKilled.size());
    text.remove_suffix(4);
    event_.name = text.substr(0, text.find(' '));
    event_.signal = find_signal(event_.name);
    if (event_.name.size() < text.size())
      event_.signal_info = text.substr(event_.name.size() + 1);  // (core dumped)
  } else if (status >= 0) {
    event_.signal = status;
  } else {
    event_.name = "superseded";
    event_.result = successor;
    detach(successor);
  }
  ++info_.line_counts.events;
  emit();
  if (successor >= 0)
    t.resumes = &thread(successor);
  else if (file.tid < 0)
    detach(t.tid);
}

bool StraceReader::notice(std::string_view line) {
  const bool from_strace = line.starts_with("strace: ");
  if (!from_strace && !line.starts_with("[ Process PID=") && !line.starts_with(" > ")) return false;
  if (from_strace) {
    const std::int32_t tid = number_after(line, "strace: Process ");
    if (tid > 0 && line.ends_with(" attached")) attach(tid);
    if (tid > 0 && line.ends_with(" detached")) detach(tid);
  }
  return true;
}

// A line that is no event: a notice, the table of -c, the rest of a cut line, or nothing of strace's.
void StraceReader::no_prefix(File& file) {
  const std::string_view line = file.line;
  const std::size_t text = line.find_first_not_of(' ');
  if (line.starts_with("% time ") || line.starts_with("System call usage summary")) in_summary_ = true;
  if (in_summary_ && (text == std::string_view::npos || is_digit(line[text]) || line[text] == '-' ||
                      line[text] == '%' || line[text] == 'S')) {
    ++info_.line_counts.summary;
    return;
  }
  if (notice(line)) {
    ++info_.line_counts.notices;
    return;
  }
  if (fragment_.thread != nullptr && continue_fragment(file)) return;
  if (text == std::string_view::npos) {
    ++info_.line_counts.blank;
    return;
  }
  problem(
      file, file.lines,
      file.cut ? "the file ends inside this line" : "not a line of strace (output of the traced program?)",
      line);
}

// True if the line belongs to the fragment, whether it ends it or not.
bool StraceReader::continue_fragment(File& file) {
  Fragment& f = fragment_;
  std::string_view line = file.line;
  const bool unfinished = line.ends_with(kUnfinished);
  const bool result = line.find(") = ") != std::string_view::npos;
  if (f.text.size() + line.size() > kFragmentBytes || f.lines >= kFragmentLines) {
    abandon_fragment(file);
    return false;
  }
  ++f.lines;
  f.text += line;
  if (!unfinished && !result) return true;
  Thread& t = *f.thread;
  if (unfinished) {
    std::string_view text = f.text;
    take_unfinished(text);
    joined_.assign(text);
    if (t.pending) end_pending(t);
    suspend(t, joined_, f.start_ns, f.line);
  } else {
    const char* reason = "";
    joined_ = f.text;
    if (t.pending) end_pending(t);
    begin_event(file, t, EventKind::call);
    event_.start_ns = f.start_ns;
    event_.line = f.line;
    if (parse_call(joined_, reason) != Parsed::yes) {
      --sequence_;
      return true;
    }
    emit();
  }
  ++info_.line_counts.events;
  ++info_.line_counts.continued;
  info_.line_counts.output += f.lines - 2;
  f.thread = nullptr;
  return true;
}

void StraceReader::abandon_fragment(File& file) {
  fragment_.thread = nullptr;
  problem(file, fragment_.line, fragment_.reason, fragment_.text);
  for (std::uint64_t i = 1; i < fragment_.lines; ++i) {
    problem(file, fragment_.line + i, "not a line of strace (output of the traced program?)", {});
  }
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
      event_.nr == call::set_tid_address || event_.nr == call::gettid || event_.nr == call::getpid;
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

void StraceReader::finish(Source source, std::uint64_t bytes) {
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
