// Transfers over pipes, streams and terminals whose other end is in the trace: how much one call moves, and
// whether a descriptor that does not block is ready, is a matter of timing. The program is given what it was
// given.
#pragma once

#include <cstdint>

#include "kernel-model/abi/syscall.h"
#include "traces/event.h"

namespace isosim::workloads {

// Before the call: one that moved less than it asked for asks for that; one that found nothing must not take
// what is there, since the program comes again for it.
void limit_transfer(kernel::Thread& thread, const traces::Event& event, kernel::Sys& sys);

}  // namespace isosim::workloads
