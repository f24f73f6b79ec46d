// Platform documents: read from text, and checked against models/platforms/schema.json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace isosim::models {

// All throw std::invalid_argument that names `where` (the file), the JSON pointer and what would be right.

// Parses any JSON document.
nlohmann::ordered_json parse_json(std::string_view text, std::string_view where);

// What the schema says, then what it cannot say: parts that do not go together.
void check_platform(const nlohmann::ordered_json& document, std::string_view where);

// `value` against a schema made of: type, properties, required, additionalProperties, enum, items, pattern
// "^/", minimum, maximum. Throws std::logic_error on a schema that asks for more.
void check_schema(const nlohmann::ordered_json& value, const nlohmann::ordered_json& schema,
                  std::string_view where, std::string_view pointer = "");

}  // namespace isosim::models
