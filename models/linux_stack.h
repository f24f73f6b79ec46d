// The Linux model on the bare machine: native processes, and containers on it.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "models/stack.h"

namespace isosim::models {

// From a resolved platform document. `settings` must outlive the stack; `vcd_file` may be empty. Throws
// std::invalid_argument naming the JSON pointer of what is wrong.
std::unique_ptr<Stack> make_linux_stack(const nlohmann::ordered_json& document, cpu::MachineSpec machine,
                                        const sim::Settings& settings, const std::string& vcd_file);

}  // namespace isosim::models
