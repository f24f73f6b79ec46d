// The memory calls in sys_call_table.
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kMlockOnFault = 1;

}  // namespace

void register_process_vm_calls(SyscallTable& table);  // process_vm.cc

void register_mm_calls(SyscallTable& table) {
  register_process_vm_calls(table);
  table.set(nr::mmap, [](Kernel& k, Thread& t, Sys& s) {
    return k.memory->sys_mmap(t, s.u64(0), s.u64(1), s.u64(2), s.u64(3), s.fd(4), s.u64(5));
  });
  table.set(nr::munmap,
            [](Kernel& k, Thread& t, Sys& s) { return k.memory->sys_munmap(t, s.u64(0), s.u64(1)); });
  table.set(nr::brk, [](Kernel& k, Thread& t, Sys& s) { return k.memory->sys_brk(t, s.u64(0)); });
  table.set(nr::mprotect, [](Kernel& k, Thread& t, Sys& s) {
    return k.memory->sys_mprotect(t, s.u64(0), s.u64(1), s.u64(2));
  });
  table.set(nr::mremap, [](Kernel& k, Thread& t, Sys& s) {
    return k.memory->sys_mremap(t, s.u64(0), s.u64(1), s.u64(2), s.u64(3), s.u64(4));
  });
  table.set(nr::madvise, [](Kernel& k, Thread& t, Sys& s) {
    return k.memory->sys_madvise(t, s.u64(0), s.u64(1), s.u64(2) & 0xFFFFFFFF);
  });
  table.set(nr::msync, [](Kernel& k, Thread& t, Sys& s) {
    return k.memory->sys_msync(t, s.u64(0), s.u64(1), s.u64(2) & 0xFFFFFFFF);
  });
  table.set(nr::mincore,
            [](Kernel& k, Thread& t, Sys& s) { return k.memory->sys_mincore(t, s.u64(0), s.u64(1)); });
  table.set(nr::mlock, [](Kernel& k, Thread& t, Sys& s) {
    return k.memory->sys_mlock(t, s.u64(0), s.u64(1), true, true);
  });
  table.set(nr::mlock2, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    if (s.u64(2) & ~kMlockOnFault) return -EINVAL_;
    return k.memory->sys_mlock(t, s.u64(0), s.u64(1), true, (s.u64(2) & kMlockOnFault) == 0);
  });
  table.set(nr::munlock, [](Kernel& k, Thread& t, Sys& s) {
    return k.memory->sys_mlock(t, s.u64(0), s.u64(1), false, false);
  });
  table.set(nr::mlockall, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    return s.u64(0) == 0 ? -EINVAL_ : k.memory->sys_mlockall(t, s.u64(0));
  });
  table.set(nr::munlockall, [](Kernel& k, Thread& t, Sys&) { return k.memory->sys_mlockall(t, 0); });
}

}  // namespace isosim::kernel
