#include "models/platform_schema.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/container/spec.h"
#include "models/sentry/sandbox_spec.h"
#include "sim/data_file.h"
#include "sim/nearest.h"

namespace isosim::data {
std::span<const sim::DataFile> schema_files();
}

namespace isosim::models {

namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(std::string_view where, std::string_view pointer, std::string_view what) {
  throw std::invalid_argument(fmt::format("{}#{}: {}", where, pointer, what));
}

// A value as a message shows it. Structures by their kind: a hostile one may be too deep to print.
std::string brief(const Json& value) {
  return value.is_structured() ? fmt::format("an {}", value.type_name())
                               : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool has_type(const Json& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  throw std::logic_error("the schema has an unknown type");
}

void check_type(const Json& value, const Json& type, std::string_view where, std::string_view pointer) {
  std::string wanted;
  const Json types = type.is_array() ? type : Json::array({type});
  for (const Json& one : types) {
    if (has_type(value, one.get<std::string>())) return;
    wanted += (wanted.empty() ? "" : " or ") + one.get<std::string>();
  }
  fail(where, pointer, fmt::format("should be of type {}, is {}", wanted, brief(value)));
}

void check_enum(const Json& value, const Json& choices, std::string_view where, std::string_view pointer) {
  std::vector<std::string_view> names;
  for (const Json& choice : choices) names.push_back(choice.get_ref<const std::string&>());
  const auto& text = value.get_ref<const std::string&>();
  if (std::find(names.begin(), names.end(), text) == names.end())
    fail(where, pointer, fmt::format("unknown '{}'; nearest: '{}'", text, sim::nearest(text, names)));
}

void check_object(const Json& value, const Json& schema, std::string_view where, std::string_view pointer) {
  static const Json none = Json::object();
  const Json& properties = schema.contains("properties") ? schema["properties"] : none;
  std::vector<std::string_view> known;
  for (const auto& [key, unused] : properties.items()) known.push_back(key);
  if (schema.contains("required"))
    for (const Json& key : schema["required"])
      if (!value.contains(key.get_ref<const std::string&>()))
        fail(where, fmt::format("{}/{}", pointer, key.get<std::string>()), "missing");
  for (const auto& [key, member] : value.items()) {
    const std::string at = fmt::format("{}/{}", pointer, key);
    if (const auto property = properties.find(key); property != properties.end()) {
      check_schema(member, *property, where, at);
    } else if (const auto others = schema.find("additionalProperties"); others == schema.end()) {
      continue;  // whatever it is
    } else if (others->is_object()) {
      check_schema(member, *others, where, at);
    } else {
      fail(where, at, fmt::format("unknown key; nearest: '{}'", sim::nearest(key, known)));
    }
  }
}

// What no schema says.
void check_container(const Json& document, std::string_view where) {
  const ContainerSpec spec = read_container(document["container"], where);
  const auto has = [&](std::uint64_t flag) { return (spec.namespaces & flag) != 0; };
  constexpr std::uint64_t kMount = 0x20000, kUts = 0x4000000, kUser = 0x10000000;
  if (!has(kMount))
    fail(where, "/container/namespaces", "a container needs 'mount': its root would replace the host's");
  if (document["container"].contains("hostname") && !has(kUts))
    fail(where, "/container/hostname", "needs the namespace 'uts': it would rename the host");
  if (has(kUser)) fail(where, "/container/namespaces", "'user' needs id mappings, which are not modelled");
  if (spec.seccomp == "none" && !spec.seccomp_allow.empty())
    fail(where, "/container/seccomp_allow", "adds to a profile, and /container/seccomp is 'none'");
  for (std::size_t i = 0; i < spec.mounts.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (spec.mounts[i].target == spec.mounts[j].target)
        fail(where, fmt::format("/container/mounts/{}/target", i),
             fmt::format("'{}' is the target of mount {} too", spec.mounts[i].target, j));
}

void check_sandbox(const Json& document, std::string_view where) {
  const SandboxSpec spec = read_sandbox(document["sandbox"], where);
  for (std::size_t i = 0; i < spec.mounts.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (spec.mounts[i].target == spec.mounts[j].target)
        fail(where, fmt::format("/sandbox/mounts/{}/target", i),
             fmt::format("'{}' is the target of mount {} too", spec.mounts[i].target, j));
}

}  // namespace

Json parse_json(std::string_view text, std::string_view where) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw std::invalid_argument(fmt::format("{}: {}", where, error.what()));
  }
}

void check_schema(const Json& value, const Json& schema, std::string_view where, std::string_view pointer) {
  if (schema.contains("type")) check_type(value, schema["type"], where, pointer);
  if (schema.contains("enum")) check_enum(value, schema["enum"], where, pointer);
  if (schema.contains("pattern")) {
    if (schema["pattern"] != "^/") throw std::logic_error("the schema has an unknown pattern");
    if (!value.get_ref<const std::string&>().starts_with('/'))
      fail(where, pointer, "should be an absolute path, is " + brief(value));
  }
  if (schema.contains("minimum") && (value < schema["minimum"] || value > schema["maximum"]))
    fail(where, pointer,
         fmt::format("should be from {} to {}, is {}", brief(schema["minimum"]), brief(schema["maximum"]),
                     brief(value)));
  if (value.is_object()) check_object(value, schema, where, pointer);
  if (value.is_array() && schema.contains("items"))
    for (std::size_t i = 0; i < value.size(); ++i)
      check_schema(value[i], schema["items"], where, fmt::format("{}/{}", pointer, i));
}

void check_platform(const Json& document, std::string_view where) {
  static const Json schema = Json::parse(data::schema_files().front().text);
  check_schema(document, schema, where);
  const bool gvisor = document["kernel"] == "gvisor";
  if (gvisor != document.contains("sandbox"))
    fail(where, "/sandbox", gvisor ? "missing: the kernel is gvisor" : "wants the kernel to be gvisor");
  if (gvisor && document.contains("container"))
    fail(where, "/container", "the container of gvisor is /sandbox");
  if (document.contains("container")) check_container(document, where);
  if (gvisor) check_sandbox(document, where);
}

}  // namespace isosim::models
