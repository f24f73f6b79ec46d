#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kStatBytes = 144, kStatxBytes = 256, kStatfsBytes = 120;

// Where a call of the stat family puts what it found (cp_new_stat, cp_statx).
struct Target {
  Address address;
  std::uint64_t bytes = kStatBytes;
};

std::int64_t stat_descriptor(Kernel& k, Thread& t, std::int32_t fd, Target to, Sys& s) {
  t.charge(k.vfs->paths.fstat);
  File* file = t.process->files->get(fd);
  if (!file) return -EBADF_;
  if (const Path* path = file->path(); path && path->dentry && path->dentry->inode) {
    if (const auto error = path->dentry->sb.get_status(&t, *path->dentry, s.out.stat)) return error;
  } else {
    file->status(s.out.stat);
  }
  return put_user(k, t, to.address, to.bytes);
}

std::int64_t stat_path(Kernel& k, Thread& t, std::int32_t dfd, int name_argument, std::uint64_t at_flags,
                       Target to, Sys& s) {
  std::string_view name;
  if (!path_argument(s, name_argument, name)) return -EFAULT_;
  if (name.empty() && (at_flags & at_flag::empty_path) && dfd != kAtFdCwd)
    return stat_descriptor(k, t, dfd, to, s);
  std::uint32_t lookup = (at_flags & at_flag::symlink_nofollow) ? 0 : lookup_flag::follow;
  if (at_flags & at_flag::empty_path) lookup |= lookup_flag::empty;
  Path path;
  t.charge(k.vfs->paths.stat);
  if (const auto error = path_lookup(t, dfd, name, lookup, path)) return error;
  if (const auto error = path.dentry->sb.get_status(&t, *path.dentry, s.out.stat)) return error;
  return put_user(k, t, to.address, to.bytes);
}

std::int64_t sys_stat(Kernel& k, Thread& t, Sys& s) { return stat_path(k, t, kAtFdCwd, 0, 0, {s.arg[1]}, s); }
std::int64_t sys_lstat(Kernel& k, Thread& t, Sys& s) {
  return stat_path(k, t, kAtFdCwd, 0, at_flag::symlink_nofollow, {s.arg[1]}, s);
}
std::int64_t sys_fstat(Kernel& k, Thread& t, Sys& s) { return stat_descriptor(k, t, s.fd(0), {s.arg[1]}, s); }

std::int64_t sys_newfstatat(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kAllowed =
      at_flag::symlink_nofollow | at_flag::empty_path | 0x800;  // AT_NO_AUTOMOUNT
  if (s.arg[3] & ~kAllowed) return -EINVAL_;
  return stat_path(k, t, s.fd(0), 1, s.arg[3], {s.arg[2]}, s);
}

std::int64_t sys_statx(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kAllowed = at_flag::symlink_nofollow | at_flag::empty_path | 0x800 | 0x6000;
  if (s.arg[2] & ~kAllowed || (s.arg[2] & 0x6000) == 0x6000 || (s.arg[3] & 0x80000000)) return -EINVAL_;
  return stat_path(k, t, s.fd(0), 1, s.arg[2], {s.arg[4], kStatxBytes}, s);
}

// access(2) asks with the real ids, and root's capabilities count only if the real user is root.
std::int64_t access_path(Kernel& k, Thread& t, std::int32_t dfd, int name_argument, std::uint64_t mode,
                         std::uint64_t at_flags, const Sys& s) {
  if (mode & ~7ull) return -EINVAL_;
  std::string_view name;
  if (!path_argument(s, name_argument, name)) return -EFAULT_;
  std::uint32_t lookup = (at_flags & at_flag::symlink_nofollow) ? 0 : lookup_flag::follow;
  if (at_flags & at_flag::empty_path) lookup |= lookup_flag::empty;
  Path path;
  t.charge(k.vfs->paths.access);
  if (const auto error = path_lookup(t, dfd, name, lookup, path)) return error;
  const auto mask = static_cast<std::uint32_t>(mode);
  if ((mask & kMayExec) && path.inode()->is_regular() && (path.mount->flags & mount_flag::noexec))
    return -EACCES_;
  if (at_flags & at_flag::eaccess) return path_permission(t, path, mask);
  Credentials real = t.process->credentials;
  real.euid = real.uid;
  real.egid = real.gid;
  if (real.uid != 0) real.capabilities = 0;
  if (SuperBlock& sb = path.inode()->sb; sb.remote_attributes) {
    if (const auto error = sb.refresh(&t, *path.inode())) return error;
  }
  return path_permission(real, path, mask);
}

std::int64_t sys_access(Kernel& k, Thread& t, Sys& s) {
  return access_path(k, t, kAtFdCwd, 0, s.arg[1], 0, s);
}
std::int64_t sys_faccessat(Kernel& k, Thread& t, Sys& s) {
  return access_path(k, t, s.fd(0), 1, s.arg[2], 0, s);
}
std::int64_t sys_faccessat2(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kAllowed = at_flag::eaccess | at_flag::symlink_nofollow | at_flag::empty_path;
  if (s.arg[3] & ~kAllowed) return -EINVAL_;
  return access_path(k, t, s.fd(0), 1, s.arg[2], s.arg[3], s);
}

std::int64_t read_link(Kernel& k, Thread& t, std::int32_t dfd, int name_argument, Sys& s) {
  std::string_view name;
  if (!path_argument(s, name_argument, name)) return -EFAULT_;
  const std::int64_t size = static_cast<std::int32_t>(s.arg[static_cast<std::size_t>(name_argument) + 2]);
  if (size <= 0) return -EINVAL_;
  Path path;
  t.charge(k.vfs->paths.readlink);
  if (const auto error = path_lookup(t, dfd, name, name_argument == 1 ? lookup_flag::empty : 0, path))
    return error;
  if (!path.inode()->is_symlink()) return name.empty() ? -ENOENT_ : -EINVAL_;
  SuperBlock& sb = path.dentry->sb;
  if (sb.link_rights) {
    if (const auto error = sb.refresh(&t, *path.inode())) return error;
    if (const auto error = inode_permission(t.process->credentials, *path.inode(), kMayRead)) return error;
  }
  if (const auto error = sb.read_link(&t, *path.dentry, s.out.text)) return error;
  const std::int64_t count = std::min(size, static_cast<std::int64_t>(s.out.text.size()));
  const Address to = s.arg[static_cast<std::size_t>(name_argument) + 1];
  const std::int64_t error = put_user(k, t, to, static_cast<std::uint64_t>(count));
  return error != 0 ? error : count;
}

std::int64_t sys_readlink(Kernel& k, Thread& t, Sys& s) { return read_link(k, t, kAtFdCwd, 0, s); }
std::int64_t sys_readlinkat(Kernel& k, Thread& t, Sys& s) { return read_link(k, t, s.fd(0), 1, s); }

std::int64_t ask_status(Thread& t, Dentry& dentry, const Sys& s) {
  FileSystemStatus status;
  if (const auto error = dentry.sb.statfs(t, dentry, status)) return error;
  if (const auto* wanted = s.get<FileSystemStatusWanted>(1)) *wanted->status = status;
  return 0;
}

std::int64_t sys_statfs(Kernel& k, Thread& t, Sys& s) {
  std::string_view name;
  if (!path_argument(s, 0, name)) return -EFAULT_;
  Path path;
  t.charge(k.vfs->paths.statfs);
  if (const auto error = path_lookup(t, kAtFdCwd, name, lookup_flag::follow, path)) return error;
  if (const auto error = ask_status(t, *path.dentry, s)) return error;
  return put_user(k, t, s.arg[1], kStatfsBytes);
}

std::int64_t sys_fstatfs(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.statfs);
  const File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  if (const Path* path = file->path()) {
    if (const auto error = ask_status(t, *path->dentry, s)) return error;
  }
  return put_user(k, t, s.arg[1], kStatfsBytes);
}

std::int64_t sys_name_to_handle_at(Kernel& k, Thread& t, Sys& s) {
  std::string_view name;
  if (!path_argument(s, 1, name)) return -EFAULT_;
  std::uint32_t lookup = (s.arg[4] & at_flag::symlink_follow) ? lookup_flag::follow : 0;
  if (s.arg[4] & at_flag::empty_path) lookup |= lookup_flag::empty;
  Path path;
  t.charge(k.vfs->paths.stat);
  if (const auto error = path_lookup(t, s.fd(0), name, lookup, path)) return error;
  // Overlayfs exports no handles before 4.16, procfs and sysfs none at all.
  const std::string& type = path.dentry->sb.type;
  return type == "ext4" || type == "tmpfs" ? 0 : -EOPNOTSUPP_;
}

}  // namespace

void register_status_calls(SyscallTable& table) {
  table.set(nr::stat, sys_stat);
  table.set(nr::lstat, sys_lstat);
  table.set(nr::fstat, sys_fstat);
  table.set(nr::newfstatat, sys_newfstatat);
  table.set(nr::statx, sys_statx);
  table.set(nr::access, sys_access);
  table.set(nr::faccessat, sys_faccessat);
  table.set(nr::faccessat2, sys_faccessat2);
  table.set(nr::readlink, sys_readlink);
  table.set(nr::readlinkat, sys_readlinkat);
  table.set(nr::statfs, sys_statfs);
  table.set(nr::fstatfs, sys_fstatfs);
  table.set(nr::name_to_handle_at, sys_name_to_handle_at);
}

}  // namespace isosim::kernel
