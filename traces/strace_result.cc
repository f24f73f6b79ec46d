#include "traces/strace_result.h"

#include "traces/constants.h"
#include "traces/scan.h"

namespace isosim::traces {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// " <0.000012>" at the end of the line; returns where it begins, or end.
const char* take_duration(const char* p, const char* end, std::int64_t& ns) {
  if (end - p < 4 || end[-1] != '>') return end;
  const char* at = end - 1;
  while (at > p && (is_digit(at[-1]) || at[-1] == '.')) --at;
  if (at == p || at[-1] != '<' || !is_digit(*at)) return end;
  const char* open = at - 1;
  if (open > p && open[-1] != ' ') return end;  // an annotation: 3<5>
  std::uint64_t seconds = 0;
  const char* q = read_decimal(at, end - 1, seconds);
  std::int64_t fraction = 0, unit = kSecond;
  if (q < end - 1 && *q == '.') {
    for (++q; q < end - 1 && is_digit(*q) && unit > 1; ++q) {
      fraction = fraction * 10 + (*q - '0');
      unit /= 10;
    }
  }
  if (q != end - 1 || seconds > 1'000'000'000) return end;
  ns = static_cast<std::int64_t>(seconds) * kSecond + fraction * unit;
  while (open > p && open[-1] == ' ') --open;
  return open;
}

// The name of an error and its text in parentheses; returns what follows.
const char* take_error(const char* p, const char* end, Event& event) {
  const char* start = p;
  while (p < end && is_name_char(*p)) ++p;
  event.error = find_errno(between(start, p));
  if (event.error == 0 && between(start, p).starts_with("ERRNO_")) {
    std::uint64_t n = 0;
    read_decimal(start + sizeof("ERRNO_") - 1, p, n);
    event.error = static_cast<std::int32_t>(n & 0xFFFF);
  }
  if (event.error == 0) return nullptr;
  if (end - p > 1 && p[0] == ' ' && p[1] == '(') {
    const std::string_view text = errno_text(event.error);
    const char* inside = p + 2;
    if (between(inside, end).starts_with(text) && inside + text.size() < end && inside[text.size()] == ')') {
      p = inside + text.size() + 1;
    } else if (const char* after = skip_bracketed(p + 1, end)) {  // another libc words it otherwise
      p = after;
    }
  }
  return p;
}

}  // namespace

bool parse_result(const char* p, const char* end, Event& event) {
  event.return_kind = ReturnKind::value;
  event.result = 0;
  event.error = 0;
  event.return_text = {};
  event.injected = false;
  event.duration_ns = -1;
  while (p < end && *p == ' ') ++p;
  if (end - p < 3 || p[0] != '=' || p[1] != ' ') return false;
  p += 2;
  end = take_duration(p, end, event.duration_ns);
  if (*p == '?') {
    event.return_kind = ReturnKind::none;
    ++p;
    if (end - p > 2 && p[0] == ' ' && p[1] == 'E') {
      if ((p = take_error(p + 1, end, event)) == nullptr) return false;
      event.return_kind = ReturnKind::restart;
      event.result = -event.error;
    }
  } else {
    const char* after = read_number(p, end, event.result);
    if (after == p) return false;
    p = after;
    if (event.result == -1 && end - p > 2 && p[0] == ' ' && p[1] == 'E') {
      if ((p = take_error(p + 1, end, event)) == nullptr) return false;
      event.result = -event.error;
    }
  }
  if (p == end) return true;
  std::string_view rest = between(p, end);
  constexpr std::string_view kInjected = " (INJECTED)", kDelayed = " (DELAYED)";
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view mark : {kInjected, kDelayed}) {
      if (!rest.ends_with(mark)) continue;
      rest.remove_suffix(mark.size());
      event.injected = again = true;
    }
  }
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  event.return_text = rest;
  // A value ends the number, an annotation or a blank follows; anything else was no number.
  return rest.empty() || *p == ' ' || *p == '<';
}

}  // namespace isosim::traces
