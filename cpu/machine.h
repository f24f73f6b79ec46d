// Machine files: JSON documents that describe a computer and set parameters.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/cpu.h"
#include "sim/params.h"

namespace isosim::cpu {

// Machines that are part of the binary, in order of name.
std::vector<std::string> machine_names();

// The document of a built-in machine, or of a file if `name_or_path` holds a '/' or ends in .json.
// Throws std::invalid_argument that says which machines there are.
nlohmann::json machine_document(const std::string& name_or_path);

// Reads a document (perhaps changed by a merge patch) into a spec and settings. Anything unknown, of another
// unit, or out of range throws std::invalid_argument with `where` (the file), the JSON pointer, and what
// would be right.
MachineSpec read_machine(const nlohmann::json& document, std::string_view where, sim::Settings& settings);

MachineSpec load_machine(const std::string& name_or_path, sim::Settings& settings);

// JSON Schema of machine files, made from the parameters' declarations.
nlohmann::json machine_schema();

}  // namespace isosim::cpu
