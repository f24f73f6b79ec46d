#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::kernel {

namespace {

constexpr std::size_t kNameMax = 255;
constexpr std::uint64_t kValueMax = 65536;

enum class By : std::uint8_t { path, link, descriptor };

std::int64_t locate(Kernel& k, Thread& t, const Sys& s, By by, Path& out) {
  t.charge(k.vfs->paths.xattr);
  if (by == By::descriptor) {
    const File* file = t.process->files->get(s.fd(0));
    if (!file || (file->flags & open_flag::path)) return -EBADF_;
    const Path* path = file->path();
    return path ? (out = *path, 0) : -EOPNOTSUPP_;
  }
  std::string_view name;
  if (!path_argument(s, 0, name)) return -EFAULT_;
  return path_lookup(t, kAtFdCwd, name, by == By::path ? lookup_flag::follow : 0, out);
}

std::int64_t attribute_name(const Sys& s, std::string_view& out) {
  if (!path_argument(s, 1, out)) return -EFAULT_;
  return out.empty() || out.size() > kNameMax ? -ERANGE_ : 0;
}

// xattr_permission(): user.* only on files and directories, trusted.* only for the administrator.
std::int64_t permitted(Thread& t, const Path& path, std::string_view name, bool write) {
  constexpr int kCapSysAdmin = 21;
  if (write && ((path.mount->flags & mount_flag::rdonly) || path.inode()->sb.read_only)) return -EROFS_;
  if (name.starts_with("security.") || name.starts_with("system.")) return 0;
  if (name.starts_with("trusted.")) return capable(t, kCapSysAdmin) ? 0 : write ? -EPERM_ : -ENODATA_;
  if (name.starts_with("user.") && !path.inode()->is_regular() && !path.inode()->is_directory()) {
    return write ? -EPERM_ : -ENODATA_;
  }
  return inode_permission(t, *path.inode(), write ? kMayWrite : kMayRead);
}

std::int64_t fit(std::int64_t needed, std::uint64_t room) {
  return needed > 0 && room != 0 && static_cast<std::uint64_t>(needed) > room ? -ERANGE_ : needed;
}

std::int64_t attribute(Kernel& k, Thread& t, Sys& s, By by, bool write, Path& path, std::string_view& name) {
  if (const auto error = attribute_name(s, name)) return error;
  if (const auto error = locate(k, t, s, by, path)) return error;
  return permitted(t, path, name, write);
}

template <By by>
std::int64_t sys_get(Kernel& k, Thread& t, Sys& s) {
  Path path;
  std::string_view name;
  if (const auto error = attribute(k, t, s, by, false, path, name)) return error;
  return fit(path.dentry->sb.get_xattr(&t, *path.dentry, name), s.arg[3]);
}

template <By by>
std::int64_t sys_list(Kernel& k, Thread& t, Sys& s) {
  Path path;
  if (const auto error = locate(k, t, s, by, path)) return error;
  return fit(path.dentry->sb.list_xattr(&t, *path.dentry), s.arg[2]);
}

template <By by>
std::int64_t sys_set(Kernel& k, Thread& t, Sys& s) {
  if (s.arg[4] & ~3ull) return -EINVAL_;
  if (s.arg[3] > kValueMax) return -E2BIG_;
  Path path;
  std::string_view name;
  if (const auto error = attribute(k, t, s, by, true, path, name)) return error;
  return path.dentry->sb.set_xattr(&t, *path.dentry, name, s.arg[3], static_cast<int>(s.arg[4]));
}

template <By by>
std::int64_t sys_remove(Kernel& k, Thread& t, Sys& s) {
  Path path;
  std::string_view name;
  if (const auto error = attribute(k, t, s, by, true, path, name)) return error;
  return path.dentry->sb.remove_xattr(&t, *path.dentry, name);
}

}  // namespace

void register_xattr_calls(SyscallTable& table) {
  table.set(nr::getxattr, sys_get<By::path>);
  table.set(nr::lgetxattr, sys_get<By::link>);
  table.set(nr::fgetxattr, sys_get<By::descriptor>);
  table.set(nr::listxattr, sys_list<By::path>);
  table.set(nr::llistxattr, sys_list<By::link>);
  table.set(nr::flistxattr, sys_list<By::descriptor>);
  table.set(nr::setxattr, sys_set<By::path>);
  table.set(nr::lsetxattr, sys_set<By::link>);
  table.set(nr::fsetxattr, sys_set<By::descriptor>);
  table.set(nr::removexattr, sys_remove<By::path>);
  table.set(nr::lremovexattr, sys_remove<By::link>);
  table.set(nr::fremovexattr, sys_remove<By::descriptor>);
}

}  // namespace isosim::kernel
