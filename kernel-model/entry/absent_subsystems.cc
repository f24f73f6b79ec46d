// Weak definitions for subsystems that are not linked in: their calls are unmodelled then.
#include "kernel-model/entry/syscall_table.h"
#include "kernel-model/kernel.h"
#if !__has_include("kernel-model/fs/vfs.cc")
#include "kernel-model/fs/vfs.h"
#endif

#define ISOSIM_WEAK __attribute__((weak))

namespace isosim::kernel {

#if !__has_include("kernel-model/fs/vfs.cc")
ISOSIM_WEAK std::uint64_t PageCache::set(Tag /*tag*/, std::uint64_t /*first*/, std::uint64_t /*count*/) {
  return 0;
}
class Writeback {};
ISOSIM_WEAK VfsPaths::VfsPaths(const Kernel& /*kernel*/) {}
ISOSIM_WEAK DentryCache::DentryCache() = default;
ISOSIM_WEAK DentryCache::~DentryCache() = default;
ISOSIM_WEAK Vfs::Vfs(Kernel& its_kernel) : kernel(its_kernel), paths(its_kernel) {}
ISOSIM_WEAK Vfs::~Vfs() = default;
#endif

ISOSIM_WEAK void register_fs_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK void register_mm_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK void register_process_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK void register_signal_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK void register_ipc_calls(SyscallTable& /*table*/) {}
ISOSIM_WEAK std::int64_t signal_exit_work(Kernel& /*k*/, Thread& /*t*/, const Sys& /*s*/,
                                          std::int64_t result) {
  return result;
}

ISOSIM_WEAK void force_signal(Kernel& /*k*/, Thread& t, int signal) {
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  t.pending |= bit;
  t.blocked &= ~bit;
}
ISOSIM_WEAK void exit_by_signal(Kernel& k, Thread& t, int signal, bool /*whole_group*/) {
  t.process->exit_status = signal;
  k.sched->exit(t);
}

}  // namespace isosim::kernel
