#include "models/platform.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "cpu/machine.h"
#include "models/gvisor_stack.h"
#include "models/linux_stack.h"
#include "models/platform_schema.h"
#include "models/quantity.h"
#include "sim/data_file.h"
#include "sim/nearest.h"

namespace isosim::data {
std::span<const sim::DataFile> platform_files();
}

namespace isosim::models {

namespace {

using Json = nlohmann::ordered_json;

std::string stem(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  return std::string(name.substr(0, name.rfind('.')));
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::invalid_argument("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Json platform_document(const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".json"))
    return parse_json(read_file(name), name);
  std::vector<std::string_view> known;
  std::vector<std::string> names = platform_names();
  for (const sim::DataFile& file : data::platform_files())
    if (stem(file.name) == name) return parse_json(file.text, file.name);
  known.assign(names.begin(), names.end());
  throw std::invalid_argument(fmt::format("no platform '{}'; nearest: '{}' (isosim list platforms)", name,
                                          sim::nearest(name, known)));
}

// --set: a declared parameter goes to the settings, anything else must be in the platform document.
void apply_set(const std::string& assignment, Json& document, sim::Settings& settings) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    throw std::invalid_argument("--set " + assignment + ": want PATH=VALUE");
  const std::string path = assignment.substr(0, equals), value = assignment.substr(equals + 1);
  const std::string where = "--set " + assignment;
  if (const auto found = sim::all_params().find(path); found != sim::all_params().end()) {
    settings.set(path, parse_quantity(value, found->second->unit, where), where);
    return;
  }
  std::string pointer = "/" + path;
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  const Json::json_pointer at(pointer);
  if (!document.contains(at)) {
    std::vector<std::string_view> known;
    for (const auto& [name, param] : sim::all_params()) known.push_back(name);
    throw std::invalid_argument(fmt::format("{}: no parameter or platform key of that name; nearest: '{}'",
                                            where, sim::nearest(path, known)));
  }
  const Json parsed = Json::parse(value, nullptr, false);
  // What is text stays text: 20190304.1 is a release.
  document[at] = parsed.is_discarded() || document[at].is_string() ? Json(value) : parsed;
}

Json resolve(const StackRequest& request, sim::Settings& settings) {
  Json document = platform_document(request.platform);
  for (const std::string& patch : request.patches) document.merge_patch(parse_json(read_file(patch), patch));
  check_platform(document, request.platform);
  if (document.contains("settings")) {
    for (const auto& [name, value] : document["settings"].items()) {
      const std::string where = fmt::format("{}: /settings/{}", request.platform, name);
      const auto found = sim::all_params().find(name);
      const std::string_view unit = found == sim::all_params().end() ? "" : found->second->unit;
      settings.set(name,
                   value.is_number()    ? value.get<double>()
                   : value.is_boolean() ? static_cast<double>(value.get<bool>())
                                        : parse_quantity(value.get<std::string>(), unit, where),
                   where);
    }
  }
  for (const std::string& assignment : request.set) apply_set(assignment, document, settings);
  if (!request.set.empty()) check_platform(document, request.platform + " after --set");
  return document;
}

}  // namespace

std::vector<std::string> platform_names() {
  std::vector<std::string> names;
  for (const sim::DataFile& file : data::platform_files()) names.push_back(stem(file.name));
  return names;
}

std::string platform_title(const std::string& name) { return platform_document(name).value("title", ""); }

std::unique_ptr<Stack> build_stack(const StackRequest& request, sim::Settings& settings) {
  cpu::MachineSpec machine = cpu::load_machine(request.machine, settings);
  const Json document = resolve(request, settings);
  const auto make = document.at("kernel") == "gvisor" ? make_gvisor_stack : make_linux_stack;
  return make(document, std::move(machine), settings, request.vcd);
}

Json effective_configuration(const StackRequest& request, const sim::Settings& settings) {
  sim::Settings ignored;
  Json configuration = {{"platform", resolve(request, ignored)}, {"machine", request.machine}};
  for (const auto& [name, param] : sim::all_params()) {
    const sim::Settings::Setting setting = settings.setting(*param);
    configuration["parameters"][std::string(name)] = {
        {"value", setting.value}, {"unit", param->unit}, {"from", setting.where}};
  }
  return configuration;
}

}  // namespace isosim::models
