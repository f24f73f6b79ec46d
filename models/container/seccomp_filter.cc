#include "models/container/seccomp_filter.h"

#include <span>
#include <stdexcept>

#include "kernel-model/process/seccomp.h"
#include "kernel-model/process/seccomp_profile.h"
#include "sim/data_file.h"

namespace isosim::data {
std::span<const sim::DataFile> container_files();
}

namespace isosim::models {

std::vector<kernel::BpfInstruction> seccomp_filter(const ContainerSpec& spec) {
  if (spec.seccomp == "none") return {};
  for (const sim::DataFile& file : data::container_files()) {
    if (!file.name.ends_with("/docker-seccomp.json")) continue;
    kernel::SeccompRules rules =
        kernel::parse_seccomp_profile(file.text, file.name, {.capabilities = spec.capabilities});
    for (const kernel::SysNr nr : spec.seccomp_allow)
      rules.rules.push_back({.nr = nr, .action = kernel::seccomp_ret::allow, .arguments = {}});
    return kernel::assemble_seccomp(rules);
  }
  throw std::logic_error("the seccomp profile is missing in this build");
}

}  // namespace isosim::models
