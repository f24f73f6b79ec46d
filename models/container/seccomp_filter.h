// The seccomp filter of a container.
#pragma once

#include <vector>

#include "kernel-model/abi/payload.h"
#include "models/container/spec.h"

namespace isosim::models {

// The program that runc would have libseccomp assemble for `spec`; empty if it asks for none. Throws
// std::invalid_argument if the profile is damaged.
std::vector<kernel::BpfInstruction> seccomp_filter(const ContainerSpec& spec);

}  // namespace isosim::models
