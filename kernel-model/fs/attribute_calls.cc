#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/modify.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::kernel {

namespace {

// The place that a call names by path, or by descriptor if `name_argument` is negative.
std::int64_t locate(Kernel& k, Thread& t, const Sys& s, std::int32_t dfd, int name_argument,
                    std::uint64_t at_flags, Path& out) {
  t.charge(k.vfs->paths.setattr);
  std::string_view name;
  if (name_argument < 0 ||
      (s.arg[static_cast<std::size_t>(name_argument)] == 0 && !path_argument(s, name_argument, name))) {
    const File* file = t.process->files->get(dfd);
    if (!file) return -EBADF_;
    if (file->flags & open_flag::path) return -EBADF_;
    if (const Path* path = file->path()) return out = *path, 0;
    return 0;  // a pipe or a socket: attributes that nothing reads back
  }
  if (!path_argument(s, name_argument, name)) return -EFAULT_;
  std::uint32_t lookup = (at_flags & at_flag::symlink_nofollow) ? 0 : lookup_flag::follow;
  if (at_flags & at_flag::empty_path) lookup |= lookup_flag::empty;
  return path_lookup(t, dfd, name, lookup, out);
}

std::int64_t change_mode(Kernel& k, Thread& t, const Sys& s, std::int32_t dfd, int name_argument,
                         std::uint64_t mode, std::uint64_t at_flags = 0) {
  Path path;
  if (const auto error = locate(k, t, s, dfd, name_argument, at_flags, path)) return error;
  if (!path.dentry) return 0;
  if (!owner_or_capable(t, *path.inode())) return -EPERM_;
  if (path.inode()->is_symlink()) return -EOPNOTSUPP_;
  AttributeChange change;
  change.mode = static_cast<std::uint32_t>(mode) & file_mode::permissions;
  return change_attributes(t, path, change);
}

std::int64_t sys_chmod(Kernel& k, Thread& t, Sys& s) { return change_mode(k, t, s, kAtFdCwd, 0, s.arg[1]); }
std::int64_t sys_fchmod(Kernel& k, Thread& t, Sys& s) { return change_mode(k, t, s, s.fd(0), -1, s.arg[1]); }
std::int64_t sys_fchmodat(Kernel& k, Thread& t, Sys& s) { return change_mode(k, t, s, s.fd(0), 1, s.arg[2]); }
std::int64_t sys_fchmodat2(Kernel& k, Thread& t, Sys& s) {
  return change_mode(k, t, s, s.fd(0), 1, s.arg[2], s.arg[3]);
}

// chown_common() and setattr_prepare(): only root gives files away; the group may be one of the owner's.
std::int64_t change_owner(Kernel& k, Thread& t, const Sys& s, std::int32_t dfd, int name_argument,
                          std::uint64_t user, std::uint64_t group, std::uint64_t at_flags) {
  constexpr int kCapChown = 0;
  constexpr auto kKeep = static_cast<std::uint32_t>(-1);
  Path path;
  if (const auto error = locate(k, t, s, dfd, name_argument, at_flags, path)) return error;
  if (!path.dentry) return 0;
  const Inode& inode = *path.inode();
  const Credentials& credentials = t.process->credentials;
  const auto uid = static_cast<std::uint32_t>(user), gid = static_cast<std::uint32_t>(group);
  AttributeChange change;
  if (uid != kKeep) change.uid = uid;
  if (gid != kKeep) change.gid = gid;
  if (!capable(t, kCapChown)) {
    const bool owner = credentials.euid == inode.uid;
    bool member = gid == credentials.egid || gid == inode.gid;
    for (const auto g : credentials.groups) member = member || g == gid;
    if (change.uid && !(owner && uid == inode.uid)) return -EPERM_;
    if (change.gid && !(owner && member)) return -EPERM_;
  }
  if (inode.is_regular()) change.mode = inode.mode & ~(file_mode::setuid | file_mode::setgid);
  return change_attributes(t, path, change);
}

std::int64_t sys_chown(Kernel& k, Thread& t, Sys& s) {
  return change_owner(k, t, s, kAtFdCwd, 0, s.arg[1], s.arg[2], 0);
}
std::int64_t sys_lchown(Kernel& k, Thread& t, Sys& s) {
  return change_owner(k, t, s, kAtFdCwd, 0, s.arg[1], s.arg[2], at_flag::symlink_nofollow);
}
std::int64_t sys_fchown(Kernel& k, Thread& t, Sys& s) {
  return change_owner(k, t, s, s.fd(0), -1, s.arg[1], s.arg[2], 0);
}
std::int64_t sys_fchownat(Kernel& k, Thread& t, Sys& s) {
  return change_owner(k, t, s, s.fd(0), 1, s.arg[2], s.arg[3], s.arg[4]);
}

// do_utimes(): without times anybody who may write sets them to now, explicit ones are the owner's.
std::int64_t change_times(Kernel& k, Thread& t, const Sys& s, std::int32_t dfd, int name_argument,
                          int times_argument, std::uint64_t at_flags) {
  Path path;
  if (const auto error = locate(k, t, s, dfd, name_argument, at_flags, path)) return error;
  if (!path.dentry) return 0;
  const bool explicit_times = s.arg[static_cast<std::size_t>(times_argument)] != 0;
  if (!owner_or_capable(t, *path.inode())) {
    if (explicit_times) return -EPERM_;
    if (const auto error = path_permission(t, path, kMayWrite)) return error;
  }
  AttributeChange change;
  if (const auto* times = s.get<FileTimes>(times_argument)) {
    change.atime = times->access_now ? std::optional(t.now()) : times->access;
    change.mtime = times->modification_now ? std::optional(t.now()) : times->modification;
  } else {
    change.atime = change.mtime = t.now();
  }
  return change_attributes(t, path, change);
}

std::int64_t sys_utime(Kernel& k, Thread& t, Sys& s) { return change_times(k, t, s, kAtFdCwd, 0, 1, 0); }
std::int64_t sys_futimesat(Kernel& k, Thread& t, Sys& s) { return change_times(k, t, s, s.fd(0), 1, 2, 0); }
std::int64_t sys_utimensat(Kernel& k, Thread& t, Sys& s) {
  return change_times(k, t, s, s.fd(0), 1, 2, s.arg[3]);
}

std::int64_t sys_truncate(Kernel&, Thread& t, Sys& s) {
  std::string_view name;
  if (!path_argument(s, 0, name)) return -EFAULT_;
  if (s.s64(1) < 0) return -EINVAL_;
  Path path;
  if (const auto error = path_lookup(t, kAtFdCwd, name, lookup_flag::follow, path)) return error;
  if (path.inode()->is_directory()) return -EISDIR_;
  if (!path.inode()->is_regular()) return -EINVAL_;
  if (const auto error = path_permission(t, path, kMayWrite)) return error;
  if (path.inode()->executing) return -ETXTBSY_;
  return truncate_path(t, path, s.arg[1]);
}

std::int64_t sys_ftruncate(Kernel& k, Thread& t, Sys& s) {
  if (s.s64(1) < 0) return -EINVAL_;
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file) return -EBADF_;
  Inode* inode = file->inode();
  if (!inode || !inode->is_regular() || !file->writable()) return -EINVAL_;
  t.charge(k.vfs->paths.truncate);
  if (s.arg[1] > inode->sb.max_file_size) return -EFBIG_;
  const InodeGuard guard(k, t, inode->lock);
  // shmem_setattr() (mm/shmem.c).
  if ((s.arg[1] < inode->size && (inode->seals & seal::shrink)) ||
      (s.arg[1] > inode->size && (inode->seals & seal::grow)))
    return -EPERM_;
  return inode->sb.truncate(&t, *inode, s.arg[1]);
}

std::int64_t sys_fallocate(Kernel& k, Thread& t, Sys& s) {
  if (s.s64(2) < 0 || s.s64(3) <= 0) return -EINVAL_;
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file || !file->writable()) return -EBADF_;
  Inode* inode = file->inode();
  t.charge(k.vfs->paths.fallocate);
  constexpr std::uint64_t kKeepSize = 1, kPunchHole = 2, kAll = 0x7F;
  if (s.arg[1] & ~kAll) return -EOPNOTSUPP_;
  if ((s.arg[1] & kPunchHole) && !(s.arg[1] & kKeepSize)) return -EOPNOTSUPP_;
  if (!inode) return -ESPIPE_;
  if (!inode->is_regular()) return inode->is_directory() ? -EISDIR_ : -ENODEV_;
  if (s.arg[2] + s.arg[3] > inode->sb.max_file_size) return -EFBIG_;
  const InodeGuard guard(k, t, inode->lock);
  return inode->sb.allocate(t, *inode, static_cast<int>(s.arg[1]), s.arg[2], s.arg[3]);
}

}  // namespace

void register_attribute_calls(SyscallTable& table) {
  table.set(nr::chmod, sys_chmod);
  table.set(nr::fchmod, sys_fchmod);
  table.set(nr::fchmodat, sys_fchmodat);
  table.set(nr::fchmodat2, sys_fchmodat2);
  table.set(nr::chown, sys_chown);
  table.set(nr::lchown, sys_lchown);
  table.set(nr::fchown, sys_fchown);
  table.set(nr::fchownat, sys_fchownat);
  table.set(nr::utime, sys_utime);
  table.set(nr::utimes, sys_utime);
  table.set(nr::futimesat, sys_futimesat);
  table.set(nr::utimensat, sys_utimensat);
  table.set(nr::truncate, sys_truncate);
  table.set(nr::ftruncate, sys_ftruncate);
  table.set(nr::fallocate, sys_fallocate);
}

}  // namespace isosim::kernel
