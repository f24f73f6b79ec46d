// Scanning primitives of the text parser: find the next byte of a small set, read numbers, 16 bytes a step
// where SSE2 is there.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace isosim::traces {

namespace detail {
template <char... kSet>
inline bool is_one_of(char c) {
  return ((c == kSet) || ...);
}
}  // namespace detail

// The first byte of [p, end) that is in kSet, or end.
template <char... kSet>
inline const char* find_first_of(const char* p, const char* end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    __m128i hit = _mm_setzero_si128();
    ((hit = _mm_or_si128(hit, _mm_cmpeq_epi8(block, _mm_set1_epi8(kSet)))), ...);
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit));
    if (mask != 0) return p + __builtin_ctz(mask);
  }
#endif
  while (p < end && !detail::is_one_of<kSet...>(*p)) ++p;
  return p;
}

inline std::string_view between(const char* p, const char* end) {
  return {p, static_cast<std::size_t>(end - p)};
}

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
inline bool is_name_char(char c) {
  return is_digit(c) || static_cast<unsigned char>((c | 0x20) - 'a') < 26 || c == '_';
}

// Value of a hexadecimal digit, or -1.
inline int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Reads digits into `value` (modulo 2^64) and returns the first byte that is none.
inline const char* read_decimal(const char* p, const char* end, std::uint64_t& value) {
  std::uint64_t v = 0;
  while (p < end && is_digit(*p)) v = v * 10 + static_cast<unsigned>(*p++ - '0');
  value = v;
  return p;
}

// Reads 42, 0x2a, 052, -42 as strace prints numbers. Returns p if there is no number.
inline const char* read_number(const char* p, const char* end, std::int64_t& value) {
  const char* start = p;
  const bool negative = p < end && *p == '-';
  if (negative) ++p;
  std::uint64_t v = 0;
  const char* digits = p;
  if (end - p > 2 && p[0] == '0' && p[1] == 'x') {
    digits = p += 2;
    for (int d = 0; p < end && (d = hex_digit(*p)) >= 0; ++p) v = v << 4 | static_cast<unsigned>(d);
  } else if (p < end && *p == '0') {
    for (; p < end && *p >= '0' && *p <= '7'; ++p) v = v << 3 | static_cast<unsigned>(*p - '0');
  } else {
    p = read_decimal(p, end, v);
  }
  if (p == digits) return start;
  value = static_cast<std::int64_t>(negative ? 0 - v : v);
  return p;
}

// p is at '"': past the closing quote, or nullptr if there is none.
inline const char* skip_string(const char* p, const char* end) {
  for (++p;;) {
    p = find_first_of<'"', '\\'>(p, end);
    if (p == end) return nullptr;
    if (*p == '"') return p + 1;
    p += 2;  // an escape: at least one more byte belongs to it
    if (p > end) return nullptr;
  }
}

// p is at the '<' of what -y puts behind a descriptor: past its '>', or nullptr. Paths carry no raw angle
// brackets (strace escapes them), but a device follows one ("</dev/null<char 1:3>>"), and sockets have arrows
// and quoted names.
inline const char* skip_annotation(const char* p, const char* end) {
  const bool path = end - p > 1 && p[1] == '/';
  int depth = 1;
  for (++p;;) {
    p = path ? find_first_of<'<', '>'>(p, end) : find_first_of<'<', '>', '"'>(p, end);
    if (p == end) return nullptr;
    if (*p == '"') {
      if ((p = skip_string(p, end)) == nullptr) return nullptr;
      continue;
    }
    if (*p == '<')
      ++depth;
    else if (path || p[-1] != '-')
      --depth;
    ++p;
    if (depth == 0) return p;
  }
}

// p is at an opening bracket: past its counterpart, or nullptr. Strings and annotations are skipped whole.
inline const char* skip_bracketed(const char* p, const char* end) {
  int depth = 0;
  for (;;) {
    p = find_first_of<'{', '}', '[', ']', '(', ')', '"', '<'>(p, end);
    if (p == end) return nullptr;
    switch (*p) {
      case '"':
        if ((p = skip_string(p, end)) == nullptr) return nullptr;
        break;
      case '<':
        if (end - p > 1 && (p[1] == '<' || p[1] == ' '))
          p += 2;  // a shift, a comparison
        else if ((p = skip_annotation(p, end)) == nullptr)
          return nullptr;
        break;
      case '{':
      case '[':
      case '(':
        ++depth, ++p;
        break;
      default:
        ++p;
        if (--depth == 0) return p;
    }
  }
}

}  // namespace isosim::traces
