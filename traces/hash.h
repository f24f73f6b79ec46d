// One 64-bit hash for checksums and for tables: folded 64x64 multiplication, 16 bytes a step (the scheme of
// wyhash).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace isosim::traces {

inline std::uint64_t load64(const void* p) {
  std::uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

inline std::uint32_t load32(const void* p) {
  std::uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

inline std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t hash_bytes(const char* p, std::size_t size, std::uint64_t seed = 0) {
  constexpr std::uint64_t kA = 0x2D358DCCAA6C78A5u, kB = 0x8BB84B93962EACC9u;
  const std::size_t whole = size;
  std::uint64_t h = seed ^ kA;
  for (; size > 16; size -= 16, p += 16) h = fold_multiply(load64(p) ^ kB, load64(p + 8) ^ h);
  std::uint64_t a = 0, b = 0;
  if (size >= 8) {
    a = load64(p);
    b = load64(p + size - 8);
  } else if (size >= 4) {
    a = load32(p);
    b = load32(p + size - 4);
  } else if (size > 0) {
    const auto byte = [&](std::size_t i) {
      return static_cast<std::uint64_t>(static_cast<unsigned char>(p[i]));
    };
    a = byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1);
  }
  return fold_multiply(fold_multiply(a ^ kB, b ^ h), whole ^ kA);
}

inline std::uint64_t hash_bytes(std::string_view text) { return hash_bytes(text.data(), text.size()); }

}  // namespace isosim::traces
