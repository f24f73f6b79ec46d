// Answers that differ from a record because of how and where it was made, whatever the platform.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel-model/abi/syscall.h"
#include "traces/event.h"
#include "workloads/replay/process_maps.h"

namespace isosim::workloads {

// Why the emulated `returned` is known to differ from the record; empty if it is not. `sys`: as the kernel
// got the call, whose descriptors are still open.
std::string_view recorded_difference(const kernel::Thread& thread, const kernel::Sys& sys,
                                     const traces::Event& event, std::int64_t returned, const IdMap& ids,
                                     int pid_space);

}  // namespace isosim::workloads
