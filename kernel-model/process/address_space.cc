#include "kernel-model/process/address_space.h"

#include <utility>

#include "kernel-model/fs/close.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/futex.h"

namespace isosim::kernel {

void copy_mm(Kernel& k, Thread& t, Process& child, bool share) {
  if (share) {
    child.mm = t.process->mm;
    child.space_id = t.process->space_id;
    return;
  }
  if (t.process->mm) child.mm = k.memory->fork(t, *t.process->mm);
}

void drop_mm(Kernel& k, Thread& t, Process& process) {
  if (!process.vfork_done) k.futexes->forget(process);
  k.memory->exit(t, process);
}

void drop_files(Kernel& k, Thread& t, Process& process) {
  const Ref<FdTable> files = std::exchange(process.files, nullptr);
  if (!files || files->use_count() > 1) return;
  close_all(k, t, *files);
}

}  // namespace isosim::kernel
