// After a call: which recorded addresses and descriptors the emulated results stand for.
#pragma once

#include "kernel-model/abi/payload.h"
#include "traces/event.h"
#include "workloads/replay/process_maps.h"

namespace isosim::workloads {

// mmap, mremap, brk, shmat returned `emulated` where the record has event.result.
void follow_mapping(AddressMap& addresses, const IdMap& ids, const traces::Event& event,
                    std::int64_t emulated);

// pipe, pipe2, socketpair: the two descriptors.
void follow_pair(FdMap& fds, const traces::Event& event, const kernel::Out& out);

// io_setup: the context's identifier, which is the address of its ring.
void follow_io_context(AddressMap& addresses, const traces::Event& event, const kernel::Out& out);

// getsockname: the port that the kernel chose.
void follow_port(IdMap& ids, const traces::Event& event, const kernel::Out& out);

}  // namespace isosim::workloads
