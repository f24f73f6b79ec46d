#include "kernel-model/entry/syscall_table.h"

namespace isosim::kernel {

void register_misc_calls(SyscallTable& /*table*/) {}

}  // namespace isosim::kernel
