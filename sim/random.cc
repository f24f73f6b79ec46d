#include "sim/random.h"

namespace isosim::sim {

namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15u;
  std::uint64_t x = state;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

}  // namespace

Random::Random(std::uint64_t run_seed, std::string_view stream) {
  std::uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a
  for (const char c : stream) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  std::uint64_t seed = run_seed;
  seed = splitmix64(seed) ^ hash;
  for (std::uint64_t& word : state_) word = splitmix64(seed);
}

std::uint64_t Random::below(std::uint64_t bound) {
  // The lowest 2^64 mod bound values would make some results more likely than others.
  const std::uint64_t reject = (0 - bound) % bound;
  std::uint64_t x = next();
  while (x < reject) x = next();
  return x % bound;
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  const std::uint64_t offset = span == 0 ? next() : below(span);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

}  // namespace isosim::sim
