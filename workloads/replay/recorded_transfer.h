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

// After a call that returned `moved`: whether the recorded one found more (strace had stopped the program
// before it, so that several calls of the other end came first), or found something at all.
[[nodiscard]] bool came_early(const kernel::Thread& thread, const traces::Event& event,
                              const kernel::Sys& sys, std::int64_t moved);

// What poll has to wait for before such a call of a descriptor that does not block is made again; 0: nothing,
// it blocks.
[[nodiscard]] std::uint16_t poll_before_again(const kernel::Thread& thread, const kernel::Sys& sys);

}  // namespace isosim::workloads
