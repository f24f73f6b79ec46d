// Integers of one to ten bytes, seven bits a byte, low bits first; signed ones zigzag.
#pragma once

#include <cstdint>

namespace isosim::traces {

inline constexpr std::size_t kLongestVarint = 10;

inline std::uint8_t* put_varint(std::uint8_t* p, std::uint64_t v) {
  while (v >= 0x80) {
    *p++ = static_cast<std::uint8_t>(v | 0x80);
    v >>= 7;
  }
  *p++ = static_cast<std::uint8_t>(v);
  return p;
}

inline std::uint64_t zigzag(std::int64_t v) {
  return static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63);
}

inline std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

// Reads within [p, end). After an overrun, failed() is true and every further value is 0.
class VarintReader {
 public:
  VarintReader(const std::uint8_t* p, const std::uint8_t* end) : p_(p), end_(end) {}

  std::uint8_t byte() {
    if (p_ == end_) return fail();
    return *p_++;
  }

  std::uint64_t number() {
    if (p_ == end_) return fail();
    std::uint64_t v = *p_++;
    if (v < 0x80) [[likely]]
      return v;
    v &= 0x7F;
    for (unsigned shift = 7; shift < 64; shift += 7) {
      if (p_ == end_) return fail();
      const std::uint8_t b = *p_++;
      v |= static_cast<std::uint64_t>(b & 0x7F) << shift;
      if (b < 0x80) return v;
    }
    return fail();
  }

  std::int64_t signed_number() { return unzigzag(number()); }

  [[nodiscard]] const std::uint8_t* at() const { return p_; }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - p_); }
  void skip(std::size_t n) { n <= left() ? p_ += n : p_ = (fail(), end_); }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::uint8_t fail() {
    failed_ = true;
    p_ = end_;
    return 0;
  }
  const std::uint8_t* p_;
  const std::uint8_t* end_;
  bool failed_ = false;
};

}  // namespace isosim::traces
