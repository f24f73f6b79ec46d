#include "models/quantity.h"

#include <fmt/core.h>

#include <charconv>
#include <span>
#include <stdexcept>
#include <string>

namespace isosim::models {

namespace {

struct Suffix {
  std::string_view name;
  double in_base;
};

constexpr Suffix kBytes[] = {
    {"B", 1},    {"bytes", 1}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0},
    {"kB", 1e3}, {"MB", 1e6},  {"GB", 1e9}};
constexpr Suffix kTimes[] = {{"ps", 1e-12}, {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}};
constexpr Suffix kRates[] = {{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}, {"GHz", 1e9}};

const Suffix* find(std::span<const Suffix> suffixes, std::string_view name) {
  for (const Suffix& suffix : suffixes)
    if (suffix.name == name) return &suffix;
  return nullptr;
}

[[noreturn]] void refuse(std::string_view text, std::string_view unit, std::string_view where) {
  throw std::invalid_argument(fmt::format("{}: '{}' is not a value in {}{}", where, text, unit,
                                          unit == "bool" ? " (true, false)" : ""));
}

}  // namespace

double parse_quantity(std::string_view text, std::string_view unit, std::string_view where) {
  if (text == "true" || text == "on") return 1;
  if (text == "false" || text == "off") return 0;
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) refuse(text, unit, where);
  const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (suffix.empty() || suffix == unit) return value;
  for (const std::span<const Suffix> family :
       {std::span<const Suffix>(kBytes), std::span<const Suffix>(kTimes), std::span<const Suffix>(kRates)}) {
    const Suffix* from = find(family, suffix);
    const Suffix* to = find(family, unit);
    if (from && to) return value * from->in_base / to->in_base;
  }
  refuse(text, unit, where);
}

}  // namespace isosim::models
