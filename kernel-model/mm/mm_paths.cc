#include "kernel-model/mm/mm_paths.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

MmPaths::MmPaths(const Kernel& k)
    : mmap(k.path("mm.mmap")),
      mmap_file(k.path("mm.mmap.file")),
      munmap(k.path("mm.munmap")),
      vma_change(k.path("mm.vma_change")),
      brk(k.path("mm.brk")),
      mprotect(k.path("mm.mprotect")),
      mprotect_page(k.path("mm.mprotect.page")),
      mremap(k.path("mm.mremap")),
      move_page(k.path("mm.mremap.page")),
      madvise(k.path("mm.madvise")),
      msync(k.path("mm.msync")),
      mlock(k.path("mm.mlock")),
      mincore(k.path("mm.mincore")),
      process_vm(k.path("mm.process_vm")),
      process_vm_page(k.path("mm.process_vm.page")),
      fault(k.path("mm.fault")),
      bad_fault(k.path("mm.fault.bad")),
      fault_anon_read(k.path("mm.fault.anon_read")),
      fault_anon_write(k.path("mm.fault.anon_write")),
      fault_huge(k.path("mm.fault.huge")),
      fault_cow(k.path("mm.fault.cow")),
      fault_reuse(k.path("mm.fault.reuse")),
      fault_around(k.path("mm.fault.around")),
      fault_cow_file(k.path("mm.fault.cow_file")),
      fault_shared_write(k.path("mm.fault.shared_write")),
      page_mkwrite(k.path("mm.fault.mkwrite")),
      stack_growth(k.path("mm.fault.stack_growth")),
      page_table(k.path("mm.page_table")),
      zap_anon(k.path("mm.zap.anon")),
      zap_huge(k.path("mm.zap.huge")),
      zap_shared(k.path("mm.zap.shared")),
      flush_page(k.path("mm.flush.page")),
      flush_all(k.path("mm.flush.all")),
      fork(k.path("mm.fork")),
      fork_vma(k.path("mm.fork.vma")),
      fork_page(k.path("mm.fork.page")),
      exit(k.path("mm.exit")),
      exit_vma(k.path("mm.exit.vma")),
      exec(k.path("mm.exec")),
      exec_page(k.path("mm.exec.page")),
      group_charge(k.path("mm.group.charge")),
      group_counters(k.path("mm.group.counters")),
      group_reclaim(k.path("mm.group.reclaim")) {}

}  // namespace isosim::kernel
