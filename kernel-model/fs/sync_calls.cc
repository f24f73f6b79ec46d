#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::kernel {

namespace {

std::int64_t sync_descriptor(Kernel& k, Thread& t, const Sys& s, bool data_only) {
  t.charge(k.vfs->paths.fsync);
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file) return -EBADF_;
  return file->sync(k, t, data_only);
}

std::int64_t sys_fsync(Kernel& k, Thread& t, Sys& s) { return sync_descriptor(k, t, s, false); }
std::int64_t sys_fdatasync(Kernel& k, Thread& t, Sys& s) { return sync_descriptor(k, t, s, true); }

std::int64_t sys_sync(Kernel& k, Thread& t, Sys&) {
  t.charge(k.vfs->paths.fsync);
  for (std::size_t i = 0; i < k.vfs->supers().size(); ++i) k.vfs->supers()[i]->sync_all(t);
  return 0;
}

std::int64_t sys_syncfs(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.fsync);
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file) return -EBADF_;
  return file->path() ? file->path()->dentry->sb.sync_all(t) : 0;
}

std::int64_t sys_sync_file_range(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kWaitAfter = 4, kAll = 7;
  if (s.arg[3] & ~kAll || s.s64(1) < 0 || s.s64(2) < 0) return -EINVAL_;
  t.charge(k.vfs->paths.fsync);
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file) return -EBADF_;
  Inode* inode = file->inode();
  if (!inode || (!inode->is_regular() && !inode->is_directory())) return -ESPIPE_;
  return inode->sb.write_range(t, *inode, s.arg[1], s.arg[2], (s.arg[3] & kWaitAfter) != 0);
}

std::int64_t sys_fadvise64(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.fadvise);
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file) return -EBADF_;
  if (file->is_pipe()) return -ESPIPE_;
  if (s.s64(2) < 0 || s.arg[3] > 5) return -EINVAL_;
  if (Inode* inode = file->inode(); inode && inode->is_regular()) {
    inode->sb.advise(t, *file, s.arg[1], s.arg[2], static_cast<int>(s.arg[3]));
  }
  return 0;
}

std::int64_t sys_readahead(Kernel& k, Thread& t, Sys& s) {
  constexpr int kWillNeed = 3;
  t.charge(k.vfs->paths.fadvise);
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file || !file->readable()) return -EBADF_;
  Inode* inode = file->inode();
  if (!inode || !inode->is_regular()) return -EINVAL_;
  inode->sb.advise(t, *file, s.arg[1], s.arg[2], kWillNeed);
  return 0;
}

}  // namespace

void register_sync_calls(SyscallTable& table) {
  table.set(nr::fsync, sys_fsync);
  table.set(nr::fdatasync, sys_fdatasync);
  table.set(nr::sync, sys_sync);
  table.set(nr::syncfs, sys_syncfs);
  table.set(nr::sync_file_range, sys_sync_file_range);
  table.set(nr::fadvise64, sys_fadvise64);
  table.set(nr::readahead, sys_readahead);
}

}  // namespace isosim::kernel
