#include <nlohmann/json.hpp>

#include "cpu/machine.h"
#include "cpu/machine_fields.h"

namespace isosim::cpu {

namespace {

using nlohmann::json;

json leaf(json value, std::string_view unit, std::string_view help) {
  return {{"description", help},
          {"anyOf",
           {value,
            {{"type", "object"},
             {"required", {"value", "unit", "source"}},
             {"additionalProperties", false},
             {"properties",
              {{"value", value},
               {"unit", {{"const", unit}}},
               {"source", {{"type", "string"}, {"minLength", 1}}},
               {"range", {{"type", "array"}, {"minItems", 2}, {"maxItems", 2}}}}}}}}};
}

// The node at a path of group names, each an object without unlisted members.
json& group(json& root, std::string_view path, char separator) {
  json* node = &root;
  while (!path.empty()) {
    const auto end = path.find(separator);
    const std::string key(path.substr(0, end));
    json& properties = (*node)["properties"];
    if (!properties.contains(key)) {
      properties[key] =
          end == std::string_view::npos
              ? json::object()
              : json{{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
    }
    node = &properties[key];
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
  }
  return *node;
}

}  // namespace

json machine_schema() {
  json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "isosim machine"},
              {"type", "object"},
              {"additionalProperties", false},
              {"required", {"schema", "name", "title", "topology", "frequency", "cache", "memory"}},
              {"properties",
               {{"schema", {{"const", "isosim.machine/1"}}},
                {"name", {{"type", "string"}}},
                {"title", {{"type", "string"}}}}}};
  for (const MachineField& field : machine_fields()) {
    group(schema, field.pointer.substr(1), '/') =
        leaf({{"type", "integer"}, {"minimum", field.min}, {"maximum", field.max}}, field.unit, "");
  }
  group(schema, kTurboPointer.substr(1), '/') =
      leaf({{"type", "array"}, {"items", {{"type", "number"}}}, {"minItems", 1}}, "MHz",
           "by active cores a socket");
  for (const auto& [name, param] : sim::all_params()) {
    const json value = param->unit == "bool"
                           ? json{{"type", "boolean"}}
                           : json{{"type", "number"}, {"minimum", param->min}, {"maximum", param->max}};
    group(schema, name, '.') = leaf(value, param->unit, param->help);
  }
  return schema;
}

}  // namespace isosim::cpu
