// The escapes of strace's strings: \n \t \r \v \f \a \b \e \" \\, octal of one to three digits, \xHH.
#pragma once

#include "traces/scan.h"

namespace isosim::traces {

// Writes the bytes of [p, end) without escapes to `out` (at most end - p of them) and returns the end of what
// it wrote.
inline char* unescape(const char* p, const char* end, char* out) {
  while (p < end) {
    if (*p != '\\') {
      *out++ = *p++;
      continue;
    }
    if (++p == end) break;
    const char c = *p++;
    if (c >= '0' && c <= '7') {
      int v = c - '0';
      if (p < end && *p >= '0' && *p <= '7') v = v * 8 + (*p++ - '0');
      if (p < end && *p >= '0' && *p <= '7' && v < 32) v = v * 8 + (*p++ - '0');
      *out++ = static_cast<char>(v);
      continue;
    }
    switch (c) {
      case 'n':
        *out++ = '\n';
        break;
      case 't':
        *out++ = '\t';
        break;
      case 'r':
        *out++ = '\r';
        break;
      case 'v':
        *out++ = '\v';
        break;
      case 'f':
        *out++ = '\f';
        break;
      case 'a':
        *out++ = '\a';
        break;
      case 'b':
        *out++ = '\b';
        break;
      case 'e':
        *out++ = '\x1b';
        break;
      case 'x': {
        int v = 0;
        for (int digits = 0; digits < 2 && p < end && hex_digit(*p) >= 0; ++digits)
          v = v * 16 + hex_digit(*p++);
        *out++ = static_cast<char>(v);
        break;
      }
      default:
        *out++ = c;  // \" and \\, and whatever else stands for itself
    }
  }
  return out;
}

}  // namespace isosim::traces
