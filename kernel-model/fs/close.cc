#include "kernel-model/fs/close.h"

#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/locks.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

std::int64_t close_file(Kernel& k, Thread& t, Ref<File> file) {
  t.charge(k.vfs->paths.close);
  file->flush(k, t);
  if (const Inode* inode = file->inode(); inode && inode->locks) drop_posix_locks(k, t, *file);
  put_file(k, t, std::move(file));
  return 0;
}

void close_all(Kernel& k, Thread& t, FdTable& files) {
  for (std::int32_t fd = 0; fd < files.size(); ++fd) {
    if (Ref<File> file = files.remove(fd)) close_file(k, t, std::move(file));
  }
}

void close_on_exec(Kernel& k, Thread& t, FdTable& files) {
  for (std::int32_t fd = 0; fd < files.size(); ++fd) {
    const FdTable::Slot* slot = files.slot(fd);
    if (slot && slot->cloexec) close_file(k, t, files.remove(fd));
  }
}

}  // namespace isosim::kernel
