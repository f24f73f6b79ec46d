#include "kernel-model/entry/newer_calls.h"

#include "kernel-model/entry/syscall_table.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

bool newer_than_4_4(SysNr nr) { return nr > nr::mlock2 && !syscall_name(nr).empty(); }

void refuse_newer_calls(SyscallTable& table) {
  for (SysNr nr = nr::mlock2 + 1; nr < kSyscallLimit; ++nr)
    if (newer_than_4_4(nr) && !table.get(nr))
      table.set(nr, [](Kernel& k, Thread& t, Sys&) -> std::int64_t {
        t.charge(k.unmodelled().path(kSyscallLimit));
        return -ENOSYS_;
      });
}

}  // namespace isosim::kernel
