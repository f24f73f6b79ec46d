// Lines of calls: whole, unfinished and resumed, and those that other output cut in two.
#include "traces/call_names.h"
#include "traces/strace_reader.h"
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

}  // namespace

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
  if (event_.duration_ns < 0 && (info_.timestamps != Timestamps::none || file.tid < 0)) {
    event_.duration_ns = file.time_ns - base_ns_ - t.start_ns;
  }
  t.pending = false;
  ++info_.line_counts.continued;
  emit();
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

void StraceReader::abandon_fragment(const File& file) {
  fragment_.thread = nullptr;
  problem(file, fragment_.line, fragment_.reason, fragment_.text);
  for (std::uint64_t i = 1; i < fragment_.lines; ++i) {
    problem(file, fragment_.line + i, "not a line of strace (output of the traced program?)", {});
  }
}

}  // namespace isosim::traces
