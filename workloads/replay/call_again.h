// A call whose first answer shows that others are slower here than in the record: it waits for them and is
// made again, until the program has what it was given.
#pragma once

#include <cstdint>

#include "kernel-model/abi/syscall.h"
#include "sim/time.h"
#include "traces/event.h"
#include "workloads/replay/fd_map.h"

namespace isosim::workloads {

struct CallAgain {
  kernel::SyscallTarget& target;
  kernel::Thread& thread;
  const traces::Event& event;
  kernel::Sys& sys;
  kernel::Address scratch;  // memory of the process, for poll's list
  const bool& forced;       // it was made to return: nothing is waited for any more
  sim::Time& start;         // of the call. Waiting for others is no part of it and puts this off

  // poll(2) for one descriptor; the time that passes is not the call's. `milliseconds`: ~0 for no limit.
  [[nodiscard]] std::int64_t poll(const kernel::PollFd& wanted, std::uint64_t milliseconds) const;
};

// A transfer that returned `moved`: the program is given all that it was given at once. recorded_transfer.cc
std::int64_t finish_transfer(const CallAgain& call, std::int64_t moved);

// A wait for several descriptors that `found` fewer ready than the recorded one. recorded_wait.cc
std::int64_t finish_wait(const CallAgain& call, std::int64_t found, const FdMap& fds);

}  // namespace isosim::workloads
