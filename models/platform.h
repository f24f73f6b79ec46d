// Platform files: which components make a stack, as JSON.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "models/stack.h"

namespace isosim::models {

// What the user asked for. Everything that is wrong is reported by std::invalid_argument with file and JSON
// pointer.
struct StackRequest {
  std::string platform;              // a name (native, runc) or the path of a platform file
  std::string machine;               // a name (e5-2630v3) or the path of a machine file
  std::vector<std::string> set;      // path=value, in order; value with a unit (64MiB, 10us) or true, false
  std::vector<std::string> patches;  // files with RFC 7396 merge patches, in order
  std::string vcd = {};              // where the hardware's signals go; empty for nowhere
};

std::unique_ptr<Stack> build_stack(const StackRequest& request, sim::Settings& settings);

// The platform's document after patches and settings, and every parameter's effective value with where it
// came from. Throws as build_stack() does.
nlohmann::ordered_json effective_configuration(const StackRequest& request, const sim::Settings& settings);

std::vector<std::string> platform_names();
std::string platform_title(const std::string& name);

}  // namespace isosim::models
