// Calls that came after Linux 4.4 and that no subsystem has: the modelled kernel does not know them either.
#pragma once

#include "kernel-model/abi/syscall.h"

namespace isosim::kernel {

class SyscallTable;

// Whether Linux got the call after 4.4. Some of them the model has all the same, since traces come from newer
// kernels (statx, clone3).
[[nodiscard]] bool newer_than_4_4(SysNr nr);

// sys_ni_syscall() for those without a handler; called after all others have registered.
void refuse_newer_calls(SyscallTable& table);

}  // namespace isosim::kernel
