// Waiting for readiness of many descriptors.
#pragma once

#include <span>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "kernel-model/abi/syscall.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;

// Entries with events come out in `out`, in the order of `fds`. The count; 0 at the deadline; -EINTR,
// -EINVAL.
std::int64_t do_poll(Kernel& k, Thread& t, std::span<const PollFd> fds, sim::Time deadline,
                     std::vector<PollFd>& out);

// The count of bits set; `out` has an entry a descriptor, with in, out, pri for the three sets. -EBADF,
// -EINTR.
std::int64_t do_select(Kernel& k, Thread& t, const FdSets& sets, sim::Time deadline,
                       std::vector<PollFd>& out);

}  // namespace isosim::kernel
