#include "kernel-model/process/address_space.h"

#include <utility>

#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/futex.h"
#if __has_include("kernel-model/fs/vfs.cc")
#include "kernel-model/fs/close.h"
#endif

namespace isosim::kernel {

void copy_mm(Kernel& k, Thread& t, Process& child, bool share) {
  if (share) {
    child.mm = t.process->mm;
    child.space_id = t.process->space_id;
    return;
  }
#if __has_include("kernel-model/mm/mm.h")
  if (t.process->mm) child.mm = k.memory->fork(t, *t.process->mm);
#else
  (void)k;
#endif
}

void drop_mm(Kernel& k, Thread& t, Process& process) {
  if (!process.vfork_done) k.futexes->forget(process);
#if __has_include("kernel-model/mm/mm.h")
  k.memory->exit(t, process);
#else
  (void)k, (void)t;
  process.mm = nullptr;
#endif
}

void drop_files(Kernel& k, Thread& t, Process& process) {
  const Ref<FdTable> files = std::exchange(process.files, nullptr);
  if (!files || files->use_count() > 1) return;
#if __has_include("kernel-model/fs/vfs.cc")
  close_all(k, t, *files);
#else
  for (std::int32_t fd = 0; fd < files->size(); ++fd) put_file(k, t, files->remove(fd));
#endif
}

}  // namespace isosim::kernel
