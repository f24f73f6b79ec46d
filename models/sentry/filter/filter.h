// The seccomp filters that runsc installs: what the Sentry and the Gofer may ask of the host.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "models/sentry/filter/rules.h"
#include "models/sentry/release.h"
#include "sim/params.h"

namespace isosim::models {

// Instructions put in front of the Sentry's filter: how much its length matters.
extern const sim::Param seccomp_padding;

struct SentryFilterOptions {
  SentryPlatform platform = SentryPlatform::kvm;
  std::uint32_t pid = 1;         // of the sandbox process in its PID namespace: tgkill is for itself
  std::uint32_t control_fd = 0;  // the listening socket that runsc's commands connect to
};

// With --network=sandbox, the default.
FilterRules sentry_rules(Release release, const SentryFilterOptions& options);
FilterRules gofer_rules(Release release, std::uint32_t pid = 1);

// What both lists have.
FilterRules common_rules(Release release, std::uint32_t pid);

// The programs. What they refuse ends the process if the host can do that (Linux 4.14), else it traps
// (SIGSYS).
std::vector<kernel::BpfInstruction> sentry_filter(Release release, const SentryFilterOptions& options,
                                                  bool kill_process_available, std::uint32_t padding = 0);
std::vector<kernel::BpfInstruction> gofer_filter(Release release, bool kill_process_available,
                                                 std::uint32_t pid = 1);

}  // namespace isosim::models
