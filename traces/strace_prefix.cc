#include "traces/strace_prefix.h"

#include <cstring>

#include "traces/scan.h"

namespace isosim::traces {

namespace {

constexpr std::uint64_t kLastPid = 1u << 22;            // PID_MAX_LIMIT, include/linux/threads.h
constexpr std::int64_t kFirstUnixSecond = 100'000'000;  // 1973: what is less was printed by -r

const char* skip_blanks(const char* p, const char* end) {
  while (p < end && *p == ' ') ++p;
  return p;
}

// Digits behind a decimal point as nanoseconds.
const char* read_fraction(const char* p, const char* end, std::int64_t& ns) {
  std::int64_t value = 0, unit = kNanosecondsPerSecond;
  for (; p < end && is_digit(*p); ++p) {
    if (unit == 1) continue;
    value = value * 10 + (*p - '0');
    unit /= 10;
  }
  ns = value * unit;
  return p;
}

bool two_digits(const char* p, int& value) {
  if (!is_digit(p[0]) || !is_digit(p[1])) return false;
  value = (p[0] - '0') * 10 + (p[1] - '0');
  return true;
}

// Six digits, or false.
bool six_digits(const char* p, std::int64_t& value) {
  unsigned bad = 0;
  std::uint32_t v = 0;
  for (int i = 0; i < 6; ++i) {
    const auto d = static_cast<unsigned>(static_cast<unsigned char>(p[i])) - '0';
    bad |= d > 9 ? 1u : 0u;
    v = v * 10 + d;
  }
  value = v;
  return bad == 0;
}

// "[00007f51ece58000] ", "[ 257] ", and question marks for what is not known.
const char* group(const char* p, const char* end, Prefix& out) {
  if (p == end || *p != '[') return p;
  const char* q = p + 1;
  while (q < end && (hex_digit(*q) >= 0 || *q == '?' || *q == ' ')) ++q;
  const auto width = q - p - 1;
  if (end - q < 2 || q[0] != ']' || q[1] != ' ') return p;
  if (width == 16 || width == 8)
    out.has_pointer = true;
  else if (width >= 3 && width <= 6)
    out.has_number = true;
  else
    return p;
  return q + 2;
}

}  // namespace

Prefix PrefixParser::parse(const char* p, const char* end) {
  Prefix out;
  std::uint64_t n = 0;
  const char* q = p;
  if (end - p > 6 && std::memcmp(p, "[pid ", 5) == 0) {
    q = skip_blanks(p + 5, end);
    const char* after = read_decimal(q, end, n);
    if (after > q && after < end && *after == '<') {
      const void* close = std::memchr(after, ']', static_cast<std::size_t>(end - after));
      out.has_command = close != nullptr;
      after = close != nullptr ? static_cast<const char*>(close) : after;
    }
    if (after > q && after < end && *after == ']' && n <= kLastPid) {
      out.tid = static_cast<std::int32_t>(n);
      out.bracketed = true;
      p = skip_blanks(after + 1, end);
    }
  } else if (p < end && is_digit(*p)) {
    q = read_decimal(p, end, n);
    if (q < end && q - p <= 7 && n <= kLastPid && (*q == ' ' || *q == '<')) {
      const char* after = q;
      if (*q == '<') {  // -Y: the name may hold any byte, but is short
        for (after = q + 1; after + 1 < end && after - q < 64 && !(after[0] == '>' && after[1] == ' ');)
          ++after;
        out.has_command = after + 1 < end && *after == '>';
        ++after;
      }
      if (*q == ' ' || out.has_command) {
        out.tid = static_cast<std::int32_t>(n);
        p = skip_blanks(after, end);
      }
    }
  }
  p = time(p, end, out);
  p = group(p, end, out);
  p = group(p, end, out);
  out.body = p;
  return out;
}

// Returns what follows the time and its blank; p if there is no time.
const char* PrefixParser::time(const char* p, const char* end, Prefix& out) {
  if (end - p > 18 && p[10] == '.' && p[17] == ' ') {  // -ttt, nearly always in the same second as before
    std::int64_t micros = 0;
    if (std::memcmp(p, second_text_, sizeof second_text_) == 0 && six_digits(p + 11, micros)) {
      out.kind = Timestamps::unix_time;
      out.time_ns = second_ns_ + micros * 1000;
      const char* after = p + 18;
      if (*after != '(') return skip_blanks(after, end);
    }
  }
  const char* q = skip_blanks(p, end);
  std::uint64_t seconds = 0;
  const char* digits = q;
  q = read_decimal(q, end, seconds);
  if (q == digits || q == end || q - digits > 12) return p;
  std::int64_t fraction = 0;
  if (*q == ':') {
    int minute = 0, second = 0;
    if (q - digits > 2 || end - q < 7 || !two_digits(q + 1, minute) || q[3] != ':' ||
        !two_digits(q + 4, second))
      return p;
    q += 6;
    out.kind = Timestamps::seconds_of_day;
    if (*q == '.') {
      q = read_fraction(q + 1, end, fraction);
      out.kind = Timestamps::time_of_day;
    }
    out.time_ns =
        ((static_cast<std::int64_t>(seconds) * 60 + minute) * 60 + second) * kNanosecondsPerSecond + fraction;
  } else if (*q == '.' || (*q == ' ' && seconds > kLastPid)) {
    if (*q == '.') q = read_fraction(q + 1, end, fraction);
    const auto whole = static_cast<std::int64_t>(seconds);
    if (whole > 9'000'000'000) return p;  // beyond what nanoseconds of 64 bits hold
    out.kind = whole >= kFirstUnixSecond ? Timestamps::unix_time : Timestamps::relative;
    out.time_ns = whole * kNanosecondsPerSecond + fraction;
    if (out.kind == Timestamps::unix_time && end - digits > 10) {
      std::memcpy(second_text_, digits, sizeof second_text_);
      second_ns_ = digits[10] == '.' ? whole * kNanosecondsPerSecond : second_ns_;
      if (digits[10] != '.') second_text_[0] = 0;
    }
  } else {
    return p;
  }
  if (q == end || *q != ' ') {
    out.kind = Timestamps::none;
    return p;
  }
  q = skip_blanks(q, end);
  if (q < end && *q == '(' && end - q > 1 && (q[1] == '+' || q[1] == '-')) {  // -r beside an absolute time
    const void* close = std::memchr(q, ')', static_cast<std::size_t>(end - q));
    if (close != nullptr) q = skip_blanks(static_cast<const char*>(close) + 1, end);
  }
  return q;
}

}  // namespace isosim::traces
