// The escapes of strace's strings: \n \t \r \v \f \a \b \e \" \\, octal of one to three digits, \xHH.
#pragma once

#include <cstddef>

#include "traces/scan.h"

namespace isosim::traces {

inline constexpr std::size_t kUnescapeSlack = 16;  // bytes behind the text's length that unescape may write

namespace detail {
// p is behind a backslash and before end. Writes the byte that is meant and returns what follows.
[[gnu::always_inline]] inline const char* unescape_one(const char* p, const char* end, char* out) {
  const char c = *p++;
  if (c >= '0' && c <= '7') {
    int v = c - '0';
    if (p < end && *p >= '0' && *p <= '7') v = v * 8 + (*p++ - '0');
    if (p < end && *p >= '0' && *p <= '7' && v < 32) v = v * 8 + (*p++ - '0');
    *out = static_cast<char>(v);
    return p;
  }
  switch (c) {
    case 'n':
      *out = '\n';
      break;
    case 't':
      *out = '\t';
      break;
    case 'r':
      *out = '\r';
      break;
    case 'v':
      *out = '\v';
      break;
    case 'f':
      *out = '\f';
      break;
    case 'a':
      *out = '\a';
      break;
    case 'b':
      *out = '\b';
      break;
    case 'e':
      *out = '\x1b';
      break;
    case 'x': {
      int v = 0;
      for (int digits = 0; digits < 2 && p < end && hex_digit(*p) >= 0; ++digits)
        v = v * 16 + hex_digit(*p++);
      *out = static_cast<char>(v);
      break;
    }
    default:
      *out = c;  // \" and \\, and whatever else stands for itself
  }
  return p;
}
}  // namespace detail

// p is behind an opening quote. Writes the bytes up to the closing one to `out`, which is moved behind them;
// at most end - p + kUnescapeSlack bytes are touched. Returns the closing quote, or nullptr if there is none.
inline const char* unescape(const char* p, const char* end, char*& out) {
  for (;;) {
#if defined(__SSE2__)
    while (end - p >= 16) {  // plain bytes in one go
      const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      const __m128i stop =
          _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
      const auto mask = static_cast<unsigned>(_mm_movemask_epi8(stop));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out), block);
      const int plain = mask != 0 ? __builtin_ctz(mask) : 16;
      p += plain;
      out += plain;
      if (mask != 0) break;
    }
#endif
    while (p < end && *p != '"' && *p != '\\') *out++ = *p++;
    if (p == end) return nullptr;
    if (*p == '"') return p;
    do {  // escapes come in clusters
      if (++p == end) return nullptr;
      p = detail::unescape_one(p, end, out++);
    } while (p < end && *p == '\\');
  }
}

}  // namespace isosim::traces
