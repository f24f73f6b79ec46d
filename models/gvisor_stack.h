// gVisor on the bare machine: runsc's sandbox on the Linux model.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "models/stack.h"

namespace isosim::models {

// As make_linux_stack(), for documents whose kernel is "gvisor".
std::unique_ptr<Stack> make_gvisor_stack(const nlohmann::ordered_json& document, cpu::MachineSpec machine,
                                         const sim::Settings& settings, const std::string& vcd_file);

}  // namespace isosim::models
