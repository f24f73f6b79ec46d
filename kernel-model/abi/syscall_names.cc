#include "kernel-model/abi/syscall_names.h"

#include <algorithm>
#include <array>

namespace isosim::kernel {

namespace {

constexpr auto by_name() {
  auto sorted = std::to_array(abi::kCalls);
  std::ranges::sort(sorted, {}, &abi::Call::name);
  return sorted;
}

constexpr auto by_number() {
  std::array<std::string_view, kSyscallLimit> names{};
  for (const auto& [name, nr] : abi::kCalls) names[nr] = name;
  return names;
}

}  // namespace

std::string_view syscall_name(SysNr nr) {
  static constexpr auto names = by_number();
  return nr < kSyscallLimit ? names[nr] : std::string_view{};
}

std::optional<SysNr> syscall_number(std::string_view name) {
  static constexpr auto table = by_name();
  const auto it = std::ranges::lower_bound(table, name, {}, &abi::Call::name);
  if (it == table.end() || it->name != name) return std::nullopt;
  return it->nr;
}

}  // namespace isosim::kernel
