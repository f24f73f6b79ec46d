#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::kernel {

namespace {

std::int64_t make_instance(Kernel& k, Thread& t, std::uint64_t flags) {
  if (flags & ~std::uint64_t{open_flag::cloexec | open_flag::nonblock}) return -EINVAL_;
  t.charge(k.vfs->paths.inotify_init);
  Ref<File> file(new InotifyFile);
  file->flags = static_cast<std::uint32_t>(flags) & open_flag::nonblock;
  return t.process->files->install(std::move(file), (flags & open_flag::cloexec) != 0);
}

std::int64_t sys_inotify_init(Kernel& k, Thread& t, Sys&) { return make_instance(k, t, 0); }
std::int64_t sys_inotify_init1(Kernel& k, Thread& t, Sys& s) { return make_instance(k, t, s.arg[0]); }

std::int64_t sys_inotify_add_watch(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint32_t kOnlyDirectory = 0x01000000, kDontFollow = 0x02000000;
  const auto mask = static_cast<std::uint32_t>(s.arg[2]);
  if (!(mask & notify::all_events)) return -EINVAL_;
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file) return -EBADF_;
  auto* instance = dynamic_cast<InotifyFile*>(file.get());
  if (!instance) return -EINVAL_;
  std::string_view name;
  if (!path_argument(s, 1, name)) return -EFAULT_;
  std::uint32_t lookup = (mask & kDontFollow) ? 0 : lookup_flag::follow;
  if (mask & kOnlyDirectory) lookup |= lookup_flag::directory;
  Path path;
  t.charge(k.vfs->paths.inotify_watch);
  if (const auto error = path_lookup(t, kAtFdCwd, name, lookup, path)) return error;
  if (const auto error = path_permission(t, path, kMayRead)) return error;
  return instance->watch(path.dentry->inode, mask);
}

std::int64_t sys_inotify_rm_watch(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.inotify_watch);
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file) return -EBADF_;
  auto* instance = dynamic_cast<InotifyFile*>(file.get());
  return instance ? instance->remove(k, t, s.fd(1)) : -EINVAL_;
}

}  // namespace

void register_inotify_calls(SyscallTable& table) {
  table.set(nr::inotify_init, sys_inotify_init);
  table.set(nr::inotify_init1, sys_inotify_init1);
  table.set(nr::inotify_add_watch, sys_inotify_add_watch);
  table.set(nr::inotify_rm_watch, sys_inotify_rm_watch);
}

}  // namespace isosim::kernel
