// Weak definitions for subsystems that are not linked in: their calls are unmodelled then.
#include "kernel-model/entry/syscall_table.h"

#define ISOSIM_WEAK __attribute__((weak))

namespace isosim::kernel {

ISOSIM_WEAK void register_fs_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK void register_mm_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK void register_process_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK void register_signal_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK void register_ipc_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK std::int64_t signal_exit_work(Kernel& /*k*/, Thread& /*t*/, const Sys& /*s*/,
                                          std::int64_t result) {
  return result;
}

}  // namespace isosim::kernel
