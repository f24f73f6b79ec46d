// How code of a sandbox's processes (the Sentry, the Gofer) calls the host kernel.
#pragma once

#include <cstdint>

#include "kernel-model/abi/syscall.h"

namespace isosim::models {

class HostCalls {
 public:
  virtual ~HostCalls() = default;

  // A call by syscall.Syscall of Go's runtime. Returns its result or a negative errno; blocks as the call
  // does.
  virtual std::int64_t call(kernel::Sys& sys) = 0;
  // A call by syscall.RawSyscall: Go's scheduler does not hear of it, so the thread keeps its P.
  virtual std::int64_t raw_call(kernel::Sys& sys) { return call(sys); }
  // The host thread that runs the caller now.
  [[nodiscard]] virtual kernel::Thread& thread() = 0;
};

}  // namespace isosim::models
