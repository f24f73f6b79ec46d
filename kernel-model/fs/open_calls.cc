#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/close.h"
#include "kernel-model/fs/open.h"
#include "kernel-model/fs/regular_file.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::kernel {

namespace {

std::int64_t open_descriptor(Thread& t, std::int32_t dfd, const Sys& s, int name_argument,
                             std::uint64_t flags, std::uint64_t mode) {
  std::string_view name;
  if (!path_argument(s, name_argument, name)) return -EFAULT_;
  FdTable& files = *t.process->files;
  const VfsPaths& paths = t.kernel.vfs->paths;
  if (static_cast<std::uint64_t>(files.open_count()) >= files.limit) return -EMFILE_;
  Ref<File> file;
  const auto open_flags = static_cast<std::uint32_t>(flags);
  const std::int64_t error = open_file(t, dfd, name, open_flags, static_cast<std::uint32_t>(mode), file);
  t.charge(error ? paths.open_failed : paths.open);
  if (error) return error;
  return files.install(std::move(file), (open_flags & open_flag::cloexec) != 0);
}

std::int64_t sys_open(Kernel&, Thread& t, Sys& s) {
  return open_descriptor(t, kAtFdCwd, s, 0, s.u64(1), s.u64(2));
}
std::int64_t sys_openat(Kernel&, Thread& t, Sys& s) {
  return open_descriptor(t, s.fd(0), s, 1, s.u64(2), s.u64(3));
}
std::int64_t sys_creat(Kernel&, Thread& t, Sys& s) {
  return open_descriptor(t, kAtFdCwd, s, 0, open_flag::creat | open_flag::wronly | open_flag::trunc,
                         s.u64(1));
}

std::int64_t sys_openat2(Kernel&, Thread& t, Sys& s) {
  const auto* how = s.get<OpenHow>(2);
  if (!how) return -EFAULT_;
  constexpr std::uint64_t kResolveMask = 0x3F;
  if (how->resolve & ~kResolveMask) return -EINVAL_;
  return open_descriptor(t, s.fd(0), s, 1, how->flags, how->mode);
}

std::int64_t sys_close(Kernel& k, Thread& t, Sys& s) {
  Ref<File> file = t.process->files->remove(s.fd(0));
  if (!file) return -EBADF_;
  return close_file(k, t, std::move(file));
}

std::int64_t sys_close_range(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kUnshare = 2, kCloexec = 4;
  const std::uint64_t first = s.arg[0] & 0xFFFFFFFF, last = s.arg[1] & 0xFFFFFFFF, flags = s.arg[2];
  if (flags & ~(kUnshare | kCloexec) || first > last) return -EINVAL_;
  FdTable& files = *t.process->files;
  for (std::uint64_t fd = first; fd <= last && fd < static_cast<std::uint64_t>(files.size()); ++fd) {
    FdTable::Slot* slot = files.slot(static_cast<std::int32_t>(fd));
    if (!slot) continue;
    if (flags & kCloexec) {
      slot->cloexec = true;
    } else {
      close_file(k, t, files.remove(static_cast<std::int32_t>(fd)));
    }
  }
  return 0;
}

std::int64_t sys_memfd_create(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kCloexec = 1, kAllowSealing = 2, kHugetlb = 4;
  std::string_view name;
  if (!path_argument(s, 0, name)) return -EFAULT_;
  if ((s.arg[1] & 0x3FF & ~(kCloexec | kAllowSealing | kHugetlb | 0x18)) || name.size() > 249)
    return -EINVAL_;
  SuperBlock& sb = k.vfs->anonymous();
  t.charge(k.vfs->paths.memfd);
  Ref<Inode> inode = sb.new_inode({.mode = file_mode::regular | 0777,
                                   .uid = t.process->credentials.euid,
                                   .gid = t.process->credentials.egid},
                                  t.now());
  inode->links = 0;
  Dentry& dentry =
      k.vfs->dcache.add(*sb.root, "memfd:" + std::string(name) + "#" + std::to_string(inode->number), inode);
  const Path path{k.vfs->new_mount(sb, sb.root, 0, "memfd"), &dentry};
  k.vfs->dcache.drop(dentry);
  ++inode->opens;
  inode->seals = (s.arg[1] & kAllowSealing) ? 0 : seal::seal;
  Ref<File> file(new RegularFile(path, std::move(inode)));
  file->flags = open_flag::rdwr | open_flag::largefile;
  return t.process->files->install(std::move(file), (s.arg[1] & kCloexec) != 0);
}

}  // namespace

void register_open_calls(SyscallTable& table) {
  table.set(nr::open, sys_open);
  table.set(nr::openat, sys_openat);
  table.set(nr::openat2, sys_openat2);
  table.set(nr::creat, sys_creat);
  table.set(nr::close, sys_close);
  table.set(nr::close_range, sys_close_range);
  table.set(nr::memfd_create, sys_memfd_create);
}

}  // namespace isosim::kernel
