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
ISOSIM_WEAK void register_ipc_calls(SyscallTable& /*table*/) {}


}  // namespace isosim::kernel
