// Waits that end by a timeout or by what they wait for. A replay may be slower than the record was; a program
// that got what it waited for knows nothing of a timeout.
#pragma once

#include <vector>

#include "kernel-model/abi/syscall.h"
#include "traces/event.h"
#include "workloads/replay/fd_map.h"

namespace isosim::workloads {

// A call that the record shows to have got what it waited for waits for that alone.
void outlast_timeout(const traces::Event& event, kernel::Sys& sys);

// What the record shows to have been ready together when a wait ended, by the kernel's descriptors; empty if
// it does not tell, or was less than two. strace had stopped the program before the call, so that others came
// to make more of them ready.
[[nodiscard]] std::vector<kernel::PollFd> ready_together(const kernel::Thread& thread,
                                                         const traces::Event& event, const kernel::Sys& sys,
                                                         const FdMap& fds);

}  // namespace isosim::workloads
