#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/directory_file.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::kernel {

namespace {

std::int64_t list(Kernel& k, Thread& t, const Sys& s, bool legacy) {
  t.charge(k.vfs->paths.getdents);
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file) return -EBADF_;
  const auto* wanted = s.get<NamesWanted>(1);
  if (auto* directory = dynamic_cast<DirectoryFile*>(file.get())) {
    directory->legacy_records = legacy;
    directory->names = wanted ? wanted->names : nullptr;
  }
  const std::uint64_t position = file->position;
  const std::int64_t bytes = file->read_directory(k, t, s.arg[2] & 0xFFFFFFFF);
  if (bytes > 0 && put_user(k, t, s.arg[1], static_cast<std::uint64_t>(bytes)) != 0) {
    file->position = position;
    return -EFAULT_;
  }
  if (bytes > 0) k.cpu.copy_level(*t.task, cpu::Level::l1, static_cast<std::uint64_t>(bytes));
  return bytes;
}

std::int64_t sys_getdents(Kernel& k, Thread& t, Sys& s) { return list(k, t, s, true); }
std::int64_t sys_getdents64(Kernel& k, Thread& t, Sys& s) { return list(k, t, s, false); }

std::int64_t sys_getcwd(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.getcwd);
  const FsContext& fs = *t.process->fs;
  if (fs.cwd.dentry->parent && !fs.cwd.dentry->hashed) return -ENOENT_;
  s.out.text = path_name(fs, fs.cwd);
  const std::uint64_t length = s.out.text.size() + 1;
  if (length > s.arg[1]) return -ERANGE_;
  const std::int64_t error = put_user(k, t, s.arg[0], length);
  return error != 0 ? error : static_cast<std::int64_t>(length);
}

std::int64_t enter(Kernel& k, Thread& t, Sys& s, Path& path) {
  std::string_view name;
  if (!path_argument(s, 0, name)) return -EFAULT_;
  t.charge(k.vfs->paths.chdir);
  if (const auto error = path_lookup(t, kAtFdCwd, name, lookup_flag::follow | lookup_flag::directory, path))
    return error;
  return path_permission(t, path, kMayExec);
}

std::int64_t sys_chdir(Kernel& k, Thread& t, Sys& s) {
  Path path;
  if (const auto error = enter(k, t, s, path)) return error;
  t.process->fs->cwd = std::move(path);
  return 0;
}

std::int64_t sys_fchdir(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.chdir);
  const File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  const Path* path = file->path();
  if (!path || !path->inode()->is_directory()) return -ENOTDIR_;
  if (const auto error = path_permission(t, *path, kMayExec)) return error;
  t.process->fs->cwd = *path;
  return 0;
}

std::int64_t sys_chroot(Kernel& k, Thread& t, Sys& s) {
  constexpr int kCapSysChroot = 18;
  Path path;
  if (const auto error = enter(k, t, s, path)) return error;
  if (!capable(t, kCapSysChroot)) return -EPERM_;
  t.process->fs->root = std::move(path);
  return 0;
}

std::int64_t sys_umask(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.fcntl);
  const std::uint32_t old = t.process->fs->umask;
  t.process->fs->umask = static_cast<std::uint32_t>(s.arg[0]) & 0777;
  return old;
}

}  // namespace

void register_directory_calls(SyscallTable& table) {
  table.set(nr::getdents, sys_getdents);
  table.set(nr::getdents64, sys_getdents64);
  table.set(nr::getcwd, sys_getcwd);
  table.set(nr::chdir, sys_chdir);
  table.set(nr::fchdir, sys_fchdir);
  table.set(nr::chroot, sys_chroot);
  table.set(nr::umask, sys_umask);
}

}  // namespace isosim::kernel
