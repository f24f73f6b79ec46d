// Waits that end by a timeout or by what they wait for. A replay may be slower than the record was; a program
// that got what it waited for knows nothing of a timeout.
#pragma once

#include "kernel-model/abi/syscall.h"
#include "traces/event.h"

namespace isosim::workloads {

// A call that the record shows to have got what it waited for waits for that alone.
void outlast_timeout(const traces::Event& event, kernel::Sys& sys);

}  // namespace isosim::workloads
