#include "kernel-model/fs/open.h"

#include "kernel-model/fs/directory_file.h"
#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/modify.h"
#include "kernel-model/fs/path_file.h"
#include "kernel-model/fs/regular_file.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

std::uint32_t access_mask(std::uint32_t flags) {
  const std::uint32_t mode = flags & open_flag::accmode;
  std::uint32_t mask = mode == 0 ? kMayRead : mode == open_flag::wronly ? kMayWrite : kMayRead | kMayWrite;
  if (flags & open_flag::trunc) mask |= kMayWrite;
  return mask;
}

std::int64_t may_open(Thread& t, const Path& path, std::uint32_t flags) {
  const Inode& inode = *path.inode();
  const std::uint32_t mask = access_mask(flags);
  if (inode.is_symlink()) return -ELOOP_;
  if (inode.is_directory() && (mask & kMayWrite)) return -EISDIR_;
  if ((inode.is(file_mode::character) || inode.is(file_mode::block)) &&
      (path.mount->flags & mount_flag::nodev)) {
    return -EACCES_;
  }
  if (const auto error = path_permission(t, path, mask)) return error;
  if ((flags & open_flag::noatime) && !owner_or_capable(t, inode)) return -EPERM_;
  return 0;
}

// lookup_open(): takes the directory's lock only if the name is not known to exist.
std::int64_t lookup_or_create(Thread& t, const LastComponent& last, std::uint32_t mode, Ref<Dentry>& dentry,
                              std::uint32_t flags, bool& created) {
  if (Dentry* cached = t.kernel.vfs->dcache.lookup(*last.parent.dentry, last.name);
      cached && !cached->negative()) {
    if (const auto error = lookup_one(t, last.parent, last.name, dentry)) return error;
    if (!dentry->negative()) return 0;  // else: not there any more, on a file system that others change too
  }
  const InodeGuard guard(t.kernel, t, last.parent.inode()->lock);
  if (!dentry) {
    if (const auto error = lookup_one(t, last.parent, last.name, dentry)) return error;
  }
  if (!dentry->negative()) return 0;
  created = true;
  return create_node(t, last.parent, dentry, {.mode = file_mode::regular | mode, .open_flags = flags});
}

// The last component of open(O_CREAT): creates it, or finds it, following links that dangle.
std::int64_t open_create(Thread& t, std::int32_t dfd, std::string_view name, std::uint32_t flags,
                         std::uint32_t mode, Path& out, bool& created) {
  constexpr int kMaxLinks = 40;
  LastComponent last;
  std::string target;
  for (int links = 0;; ++links) {
    if (links > kMaxLinks) return -ELOOP_;
    if (const auto error = path_parent(t, dfd, name, last)) return error;
    if (last.special || last.trailing_slash) return -EISDIR_;
    Ref<Dentry> dentry;
    if (const auto error = lookup_or_create(t, last, mode, dentry, flags, created)) return error;
    if (created) return out = {last.parent.mount, dentry}, 0;
    if (flags & open_flag::excl) return -EEXIST_;
    if (!dentry->inode->is_symlink() || (flags & open_flag::nofollow)) {
      out = {last.parent.mount, dentry};
      cross_mounts(t, out);
      return 0;
    }
    if (Path jumped; dentry->sb.jump_link(&t, *dentry, jumped)) {
      if (!jumped.dentry) return -ENOENT_;
      return out = jumped, 0;
    }
    std::string next;
    if (const auto error = dentry->sb.read_link(&t, *dentry, next)) return error;
    target = std::move(next);
    name = target;
  }
}

std::int64_t open_tmpfile(Thread& t, const Path& directory, std::uint32_t flags, std::uint32_t mode,
                          Path& out) {
  if (!(flags & open_flag::accmode)) return -EINVAL_;
  if (const auto error = path_permission(t, directory, kMayWrite | kMayExec)) return error;
  if (const auto error = directory.inode()->sb.tmpfile_error()) return error;
  return create_unnamed(t, directory, {.mode = file_mode::regular | mode}, out);
}

}  // namespace

bool asks_for_tmpfile(const Sys& sys) {
  if (sys.nr != nr::open && sys.nr != nr::openat) return false;
  return (sys.u64(sys.nr == nr::open ? 1 : 2) & open_flag::tmpfile) == open_flag::tmpfile;
}

std::int64_t open_path(Thread& t, const Path& path, std::uint32_t flags, Ref<File>& out) {
  Kernel& k = t.kernel;
  SuperBlock& sb = path.inode()->sb;
  const bool writes = (flags & open_flag::accmode) != 0;
  std::int64_t error = 0;
  if (Ref<File> file = sb.make_file(&t, path, flags, error)) {
    out = std::move(file);
  } else if (error) {
    return error;
  } else if (path.inode()->is_regular()) {
    if (writes && path.inode()->executing) return -ETXTBSY_;
    Ref<Inode> inode;
    if ((error = sb.open_inode(&t, path, flags, inode))) return error;
    ++inode->opens;
    if (writes) ++inode->writers;
    auto* regular = new RegularFile(path, std::move(inode));
    regular->counts_as_writer = writes;
    out = regular;
  } else if (path.inode()->is_directory()) {
    out = new DirectoryFile(path);
  } else if (path.inode()->is(file_mode::fifo)) {
    if (!k.vfs->open_fifo) return -ENXIO_;
    if ((error = k.vfs->open_fifo(t, *path.inode(), flags, out))) return error;
  } else if (path.inode()->is(file_mode::character)) {
    const auto device = k.vfs->devices.find(path.inode()->rdev);
    if (device == k.vfs->devices.end()) return -ENXIO_;
    if ((error = device->second(t, path, flags, out))) return error;
  } else {
    return -ENXIO_;  // sockets; block devices have no file of their own in this model
  }
  constexpr std::uint32_t kOnlyForOpen =
      open_flag::creat | open_flag::excl | open_flag::noctty | open_flag::trunc | open_flag::cloexec;
  if (!out->reopens_as_itself()) out->flags = (flags & ~kOnlyForOpen) | open_flag::largefile;
  const bool directory = path.inode()->is_directory();
  notify_event(k, &t, path.inode(), path.dentry.get(), path.dentry->name,
               notify::open | (directory ? notify::isdir : 0));
  return 0;
}

std::int64_t open_file(Thread& t, std::int32_t dfd, std::string_view name, std::uint32_t flags,
                       std::uint32_t mode, Ref<File>& out) {
  Path path;
  bool created = false;
  mode &= file_mode::permissions;
  const bool unnamed = (flags & open_flag::tmpfile) == open_flag::tmpfile;
  if (flags & open_flag::path)
    flags &= open_flag::path | open_flag::directory | open_flag::nofollow | open_flag::cloexec;
  if ((flags & open_flag::creat) && !(flags & open_flag::path) && !unnamed) {
    if (flags & open_flag::directory) return -EINVAL_;
    if (const auto error = open_create(t, dfd, name, flags, mode & ~t.process->fs->umask, path, created))
      return error;
  } else {
    std::uint32_t lookup = (flags & open_flag::nofollow) ? 0 : lookup_flag::follow;
    if (flags & open_flag::directory) lookup |= lookup_flag::directory;
    if (const auto error = path_lookup(t, dfd, name, lookup, path)) {
      // O_DIRECTORY | O_NOFOLLOW on a symlink is ENOTDIR, O_NOFOLLOW alone is ELOOP (below).
      return error;
    }
  }
  if (flags & open_flag::path) {
    out = new PathFile(path);
    out->flags = flags & ~open_flag::cloexec;
    return 0;
  }
  if (unnamed) {
    if (const auto error = open_tmpfile(t, Path(path), flags, mode & ~t.process->fs->umask, path))
      return error;
    created = true;
  }
  if (!created) {
    if (path.inode()->is_directory() && (flags & open_flag::creat)) return -EISDIR_;
    if (const auto error = may_open(t, path, flags)) return error;
  }
  const bool truncates = (flags & open_flag::trunc) && !created && path.inode()->is_regular();
  const bool first = truncates && path.inode()->sb.truncates_before_open;
  if (first) {
    if (const auto error = truncate_path(t, path, 0)) return error;
  }
  if (const auto error = open_path(t, path, flags, out)) return error;
  return truncates && !first ? truncate_path(t, path, 0) : 0;
}

std::int64_t open_exec(Thread& t, std::int32_t dfd, std::string_view name, std::uint32_t at_flags,
                       Ref<File>& out) {
  std::uint32_t lookup = (at_flags & at_flag::symlink_nofollow) ? 0 : lookup_flag::follow;
  if (at_flags & at_flag::empty_path) lookup |= lookup_flag::empty;
  Path path;
  t.charge(t.kernel.vfs->paths.open);
  if (const auto error = path_lookup(t, dfd, name, lookup, path)) return error;
  const Inode& inode = *path.inode();
  if (inode.is_symlink()) return -ELOOP_;
  if (!inode.is_regular() || (path.mount->flags & mount_flag::noexec)) return -EACCES_;
  if (const auto error = path_permission(t, path, kMayExec)) return error;
  if (inode.writers) return -ETXTBSY_;
  return open_path(t, path, 0, out);
}

}  // namespace isosim::kernel
