// Lines that are no calls: signals, ends of threads, notices of strace, its table of -c, foreign output.
#include "traces/constants.h"
#include "traces/scan.h"
#include "traces/strace_reader.h"

namespace isosim::traces {

namespace {

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
  const int number = find_signal(text.substr(0, i));
  if (number == 0) return problem(file, file.lines, "a signal that is not known", file.line);
  begin_event(file, t, stopped ? EventKind::stopped : EventKind::signal);
  event_.name = text.substr(0, i);
  event_.signal = number;
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

}  // namespace isosim::traces
