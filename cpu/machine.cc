#include "cpu/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <stdexcept>

#include "cpu/machine_fields.h"
#include "cpu/params.h"
#include "sim/data_file.h"
#include "sim/nearest.h"

namespace isosim::data {
std::span<const sim::DataFile> machine_files();
}

namespace isosim::cpu {

namespace {

using nlohmann::json;

[[noreturn]] void fail(std::string_view where, std::string_view pointer, std::string_view what) {
  throw std::invalid_argument(fmt::format("{}#{}: {}", where, pointer, what));
}

json parse(std::string_view text, std::string_view where) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    throw std::invalid_argument(fmt::format("{}: not JSON: {}", where, error.what()));
  }
}

std::string builtin_name(const sim::DataFile& file) {
  const auto slash = file.name.rfind('/');
  const auto dot = file.name.rfind('.');
  return std::string(file.name.substr(slash + 1, dot - slash - 1));
}

// A leaf is {"value", "unit", "source"} or, in a patch, the bare value in the declared unit.
const json& leaf_value(const json& leaf, std::string_view unit, std::string_view where,
                       const std::string& pointer) {
  if (!leaf.is_object()) return leaf;
  for (const auto& [key, unused] : leaf.items()) {
    static const std::vector<std::string_view> keys{"range", "source", "unit", "value"};
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      fail(where, pointer, fmt::format("unknown key '{}'; nearest: '{}'", key, sim::nearest(key, keys)));
  }
  if (!leaf.contains("value")) fail(where, pointer, "needs a \"value\"");
  if (leaf.contains("unit") && leaf["unit"] != unit)
    fail(where, pointer, fmt::format("unit is {}, should be \"{}\"", leaf["unit"].dump(), unit));
  return leaf["value"];
}

double number(const json& value, std::string_view where, const std::string& pointer) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (!value.is_number()) fail(where, pointer, fmt::format("should be a number, is {}", value.dump()));
  return value.get<double>();
}

std::int64_t field_value(const json& value, const MachineField& field, std::string_view where) {
  const std::string pointer(field.pointer);
  const double figure = number(value, where, pointer);
  const auto whole = static_cast<std::int64_t>(figure);
  if (static_cast<double>(whole) != figure)
    fail(where, pointer, fmt::format("should be whole, is {}", value.dump()));
  if (whole < field.min || whole > field.max)
    fail(where, pointer, fmt::format("{} is outside {} .. {} {}", whole, field.min, field.max, field.unit));
  return whole * field.scale;
}

std::string read_string(const json& document, const char* key, std::string_view where) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_string())
    fail(where, fmt::format("/{}", key), "should be a string");
  return found->get<std::string>();
}

void read_turbo(const json& document, std::string_view where, MachineSpec& spec) {
  const std::string pointer(kTurboPointer);
  const json::json_pointer at(pointer);
  if (!document.contains(at)) fail(where, pointer, "missing");
  const json& bins = leaf_value(document[at], "MHz", where, pointer);
  if (!bins.is_array() || bins.empty())
    fail(where, pointer, "should be a list of frequencies by active cores, from 1");
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const std::string item = fmt::format("{}/value/{}", pointer, i);
    const double mhz = number(bins[i], where, item);
    const auto khz = static_cast<std::int64_t>(mhz * 1000);
    if (khz < spec.base_khz || khz > 6'000'000)
      fail(where, item, "is below the base frequency or above 6000 MHz");
    if (i > 0 && khz > spec.turbo_khz.back()) fail(where, item, "is higher than with fewer cores active");
    spec.turbo_khz.push_back(khz);
  }
  if (spec.turbo_khz.size() != static_cast<std::size_t>(spec.cores_per_socket))
    fail(where, pointer,
         fmt::format("{} bins for {} cores a socket", spec.turbo_khz.size(), spec.cores_per_socket));
}

// Everything that is no field of the spec is a parameter: /cpu/copy/startup is cpu.copy.startup.
void read_params(const json& node, const std::string& name, std::string_view where, sim::Settings& settings) {
  std::string pointer = "/" + name;
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  const auto declared = sim::all_params().find(name);
  if (declared != sim::all_params().end()) {
    const json& value = leaf_value(node, declared->second->unit, where, pointer);
    settings.set(name, number(value, where, pointer), fmt::format("{}#{}", where, pointer));
    return;
  }
  const bool group = node.is_object() && !node.contains("value");
  if (!group)
    settings.set(name, 0, fmt::format("{}#{}", where, pointer));  // throws, naming the nearest parameter
  for (const auto& [key, child] : node.items()) read_params(child, name + "." + key, where, settings);
}

void check_spec_keys(const json& group, const std::string& prefix, std::string_view where) {
  std::vector<std::string_view> known{kTurboPointer};
  for (const MachineField& field : machine_fields()) known.push_back(field.pointer);
  if (!group.is_object()) fail(where, prefix, "should be an object");
  for (const auto& [key, unused] : group.items()) {
    const std::string pointer = prefix + "/" + key;
    if (std::find(known.begin(), known.end(), pointer) == known.end())
      fail(where, pointer, fmt::format("unknown; nearest: '{}'", sim::nearest(pointer, known)));
  }
}

}  // namespace

std::vector<std::string> machine_names() {
  std::vector<std::string> names;
  for (const sim::DataFile& file : data::machine_files()) names.push_back(builtin_name(file));
  std::sort(names.begin(), names.end());
  return names;
}

json machine_document(const std::string& name_or_path) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".json")) {
    std::ifstream in(name_or_path, std::ios::binary);
    if (!in) throw std::invalid_argument(fmt::format("{}: cannot be read", name_or_path));
    return parse(std::string(std::istreambuf_iterator<char>(in), {}), name_or_path);
  }
  for (const sim::DataFile& file : data::machine_files())
    if (builtin_name(file) == name_or_path) return parse(file.text, file.name);
  throw std::invalid_argument(fmt::format("no machine '{}'; there are: {} (or a path to a .json file)",
                                          name_or_path, fmt::join(machine_names(), ", ")));
}

MachineSpec read_machine(const json& document, std::string_view where, sim::Settings& settings) {
  if (!document.is_object()) fail(where, "", "should be an object");
  if (read_string(document, "schema", where) != "isosim.machine/1")
    fail(where, "/schema", "should be \"isosim.machine/1\"");
  MachineSpec spec;
  spec.name = read_string(document, "name", where);
  spec.title = read_string(document, "title", where);
  for (const MachineField& field : machine_fields()) {
    const json::json_pointer at{std::string(field.pointer)};
    if (!document.contains(at)) fail(where, field.pointer, "missing");
    field.set(spec, field_value(leaf_value(document[at], field.unit, where, std::string(field.pointer)),
                                field, where));
  }
  read_turbo(document, where, spec);
  static const std::set<std::string> own{"schema", "name", "title"};
  static const std::set<std::string> groups{"topology", "frequency", "cache", "memory"};
  for (const auto& [key, node] : document.items()) {
    if (own.contains(key)) continue;
    if (groups.contains(key)) {
      check_spec_keys(node, "/" + key, where);
    } else {
      read_params(node, key, where, settings);
    }
  }
  return spec;
}

MachineSpec load_machine(const std::string& name_or_path, sim::Settings& settings) {
  return read_machine(machine_document(name_or_path), name_or_path, settings);
}

}  // namespace isosim::cpu
