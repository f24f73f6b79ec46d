#include "kernel-model/process/seccomp_profile.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "kernel-model/abi/capability.h"
#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/seccomp.h"
#include "sim/nearest.h"

namespace isosim::kernel {

namespace {

using nlohmann::json;

template <class T, std::size_t N>
using Names = std::array<std::pair<std::string_view, T>, N>;

constexpr Names<std::uint32_t, 6> kActions{{{"SCMP_ACT_KILL", seccomp_ret::kill_thread},
                                            {"SCMP_ACT_TRAP", seccomp_ret::trap},
                                            {"SCMP_ACT_ERRNO", seccomp_ret::error | EPERM_},
                                            {"SCMP_ACT_TRACE", seccomp_ret::trace},
                                            {"SCMP_ACT_LOG", seccomp_ret::log},
                                            {"SCMP_ACT_ALLOW", seccomp_ret::allow}}};

constexpr Names<SeccompCompare, 7> kCompares{{{"SCMP_CMP_NE", SeccompCompare::ne},
                                              {"SCMP_CMP_LT", SeccompCompare::lt},
                                              {"SCMP_CMP_LE", SeccompCompare::le},
                                              {"SCMP_CMP_EQ", SeccompCompare::eq},
                                              {"SCMP_CMP_GE", SeccompCompare::ge},
                                              {"SCMP_CMP_GT", SeccompCompare::gt},
                                              {"SCMP_CMP_MASKED_EQ", SeccompCompare::masked_eq}}};

template <class T, std::size_t N>
T named(const Names<T, N>& names, const json& value, const std::string& where) {
  std::vector<std::string_view> known;
  for (const auto& [name, result] : names) {
    if (value.is_string() && value.get_ref<const std::string&>() == name) return result;
    known.push_back(name);
  }
  throw std::invalid_argument(
      fmt::format("{}: {} is not known; nearest: {}", where, value.dump(),
                  sim::nearest(value.is_string() ? value.get<std::string>() : "", known)));
}

const json& array_at(const json& object, std::string_view key, const std::string& where) {
  static const json empty = json::array();
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return empty;
  if (!it->is_array()) throw std::invalid_argument(fmt::format("{}/{}: expected an array", where, key));
  return *it;
}

bool kernel_at_least(const std::string& version, const SeccompProfileContext& context,
                     const std::string& where) {
  int major = 0, minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2)
    throw std::invalid_argument(fmt::format("{}: '{}' is not MAJOR.MINOR", where, version));
  return context.kernel_major != major ? context.kernel_major > major : context.kernel_minor >= minor;
}

// moby's seccomp_linux.go, setupSeccomp: a rule is left out if it excludes what is there, or includes nothing
// of it.
bool applies(const json& rule, const SeccompProfileContext& context, const std::string& where) {
  const auto has = [&](const json& name) {
    const auto cap = name.is_string() ? capability(name.get<std::string>()) : std::nullopt;
    if (!cap) throw std::invalid_argument(fmt::format("{}: {} is not a capability", where, name.dump()));
    return (context.capabilities & capability_bit(*cap)) != 0;
  };
  const auto is_ours = [](const json& arch) { return arch == "amd64"; };
  const json excludes = rule.value("excludes", json::object()),
             includes = rule.value("includes", json::object());
  const auto& excluded_arches = array_at(excludes, "arches", where);
  const auto& excluded_caps = array_at(excludes, "caps", where);
  const auto& included_arches = array_at(includes, "arches", where);
  const auto& included_caps = array_at(includes, "caps", where);
  if (std::any_of(excluded_arches.begin(), excluded_arches.end(), is_ours)) return false;
  if (std::any_of(excluded_caps.begin(), excluded_caps.end(), has)) return false;
  if (!included_arches.empty() && std::none_of(included_arches.begin(), included_arches.end(), is_ours))
    return false;
  if (!std::all_of(included_caps.begin(), included_caps.end(), has)) return false;
  if (excludes.contains("minKernel") && kernel_at_least(excludes["minKernel"], context, where)) return false;
  return !includes.contains("minKernel") || kernel_at_least(includes["minKernel"], context, where);
}

SeccompArgument argument(const json& spec, const std::string& where) {
  SeccompArgument result;
  result.index = spec.at("index").get<unsigned>();
  if (result.index > 5)
    throw std::invalid_argument(fmt::format("{}/index: {} is outside 0 .. 5", where, result.index));
  result.compare = named(kCompares, spec.at("op"), where + "/op");
  result.value = spec.at("value").get<std::uint64_t>();
  if (result.compare == SeccompCompare::masked_eq) {  // runc: value is the mask, valueTwo what must be left
    result.mask = result.value;
    result.value = spec.value("valueTwo", std::uint64_t{0});
  }
  return result;
}

void add_rules(const json& entry, const std::string& where, SeccompRules& out) {
  SeccompRule rule;
  rule.action = named(kActions, entry.at("action"), where + "/action");
  if (rule.action == (seccomp_ret::error | EPERM_) && entry.contains("errnoRet"))
    rule.action = seccomp_ret::error | (entry["errnoRet"].get<std::uint32_t>() & seccomp_ret::data_mask);
  const auto& arguments = array_at(entry, "args", where);
  for (std::size_t i = 0; i < arguments.size(); ++i)
    rule.arguments.push_back(argument(arguments[i], fmt::format("{}/args/{}", where, i)));
  for (const auto& name : array_at(entry, "names", where)) {
    const auto nr = syscall_number(name.get<std::string>());
    if (!nr) continue;
    rule.nr = *nr;
    out.rules.push_back(rule);
  }
}

SeccompRules read(const json& profile, std::string_view where, const SeccompProfileContext& context) {
  SeccompRules rules;
  rules.default_action =
      named(kActions, profile.at("defaultAction"), fmt::format("{}: /defaultAction", where));
  rules.bad_architecture_action = seccomp_ret::kill_thread;
  for (const auto& family : array_at(profile, "archMap", fmt::format("{}: ", where)))
    if (family.at("architecture") == "SCMP_ARCH_X86_64")
      for (const auto& sub : array_at(family, "subArchitectures", fmt::format("{}: /archMap", where)))
        rules.x32 |= sub == "SCMP_ARCH_X32";
  const auto& entries = array_at(profile, "syscalls", fmt::format("{}: ", where));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string at = fmt::format("{}: /syscalls/{}", where, i);
    if (applies(entries[i], context, at)) add_rules(entries[i], at, rules);
  }
  return rules;
}

}  // namespace

SeccompRules parse_seccomp_profile(std::string_view text, std::string_view where,
                                   const SeccompProfileContext& context) {
  try {
    return read(json::parse(text), where, context);
  } catch (const json::exception& error) {
    throw std::invalid_argument(fmt::format("{}: {}", where, error.what()));
  }
}

}  // namespace isosim::kernel
