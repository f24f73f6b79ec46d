#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/modify.h"

namespace isosim::kernel {

namespace {

constexpr std::uint32_t kPermissions = 0777 | file_mode::sticky;

std::int64_t make(Thread& t, std::int32_t dfd, const Sys& s, int name_argument, NewNode node) {
  std::string_view name;
  if (!path_argument(s, name_argument, name)) return -EFAULT_;
  return make_node(t, dfd, name, node);
}

std::int64_t make_directory(Thread& t, std::int32_t dfd, const Sys& s, int name_argument,
                            std::uint64_t mode) {
  const std::uint32_t bits = static_cast<std::uint32_t>(mode) & kPermissions & ~t.process->fs->umask;
  return make(t, dfd, s, name_argument, {.mode = file_mode::directory | bits});
}

std::int64_t sys_mkdir(Kernel&, Thread& t, Sys& s) { return make_directory(t, kAtFdCwd, s, 0, s.arg[1]); }
std::int64_t sys_mkdirat(Kernel&, Thread& t, Sys& s) { return make_directory(t, s.fd(0), s, 1, s.arg[2]); }

std::int64_t make_special(Thread& t, std::int32_t dfd, const Sys& s, int name_argument, std::uint64_t mode,
                          std::uint64_t device) {
  std::uint32_t kind = static_cast<std::uint32_t>(mode) & file_mode::type;
  if (kind == 0) kind = file_mode::regular;
  if (kind == file_mode::directory) return -EPERM_;
  if (kind == file_mode::symlink) return -EINVAL_;
  constexpr int kCapMknod = 27;
  if ((kind == file_mode::character || kind == file_mode::block) && !capable(t, kCapMknod)) return -EPERM_;
  const std::uint32_t bits =
      static_cast<std::uint32_t>(mode) & file_mode::permissions & ~t.process->fs->umask;
  // dev_t as user space packs it: minor in bits 0-7 and 20-31, major in 8-19.
  const std::uint64_t rdev = (device >> 8 & 0xFFF) * 256 + (device & 0xFF);
  return make(t, dfd, s, name_argument, {.mode = kind | bits, .rdev = rdev});
}

std::int64_t sys_mknod(Kernel&, Thread& t, Sys& s) {
  return make_special(t, kAtFdCwd, s, 0, s.arg[1], s.arg[2]);
}
std::int64_t sys_mknodat(Kernel&, Thread& t, Sys& s) {
  return make_special(t, s.fd(0), s, 1, s.arg[2], s.arg[3]);
}

std::int64_t make_symlink(Thread& t, std::int32_t dfd, const Sys& s, int name_argument) {
  std::string_view target;
  if (!path_argument(s, 0, target)) return -EFAULT_;
  if (target.empty()) return -ENOENT_;
  if (target.size() >= 4096) return -ENAMETOOLONG_;
  return make(t, dfd, s, name_argument, {.mode = file_mode::symlink | 0777, .target = target});
}

std::int64_t sys_symlink(Kernel&, Thread& t, Sys& s) { return make_symlink(t, kAtFdCwd, s, 1); }
std::int64_t sys_symlinkat(Kernel&, Thread& t, Sys& s) { return make_symlink(t, s.fd(1), s, 2); }

std::int64_t sys_link(Kernel&, Thread& t, Sys& s) {
  std::string_view from, to;
  if (!path_argument(s, 0, from) || !path_argument(s, 1, to)) return -EFAULT_;
  return link_node(t, kAtFdCwd, from, kAtFdCwd, to, 0);
}

std::int64_t sys_linkat(Kernel&, Thread& t, Sys& s) {
  std::string_view from, to;
  if (!path_argument(s, 1, from) || !path_argument(s, 3, to)) return -EFAULT_;
  return link_node(t, s.fd(0), from, s.fd(2), to, static_cast<std::uint32_t>(s.arg[4]));
}

std::int64_t sys_unlink(Kernel&, Thread& t, Sys& s) {
  std::string_view name;
  return path_argument(s, 0, name) ? unlink_node(t, kAtFdCwd, name) : -EFAULT_;
}

std::int64_t sys_rmdir(Kernel&, Thread& t, Sys& s) {
  std::string_view name;
  return path_argument(s, 0, name) ? remove_directory(t, kAtFdCwd, name) : -EFAULT_;
}

std::int64_t sys_unlinkat(Kernel&, Thread& t, Sys& s) {
  std::string_view name;
  if (s.arg[2] & ~std::uint64_t{at_flag::removedir}) return -EINVAL_;
  if (!path_argument(s, 1, name)) return -EFAULT_;
  return s.arg[2] ? remove_directory(t, s.fd(0), name) : unlink_node(t, s.fd(0), name);
}

std::int64_t sys_rename(Kernel&, Thread& t, Sys& s) {
  std::string_view from, to;
  if (!path_argument(s, 0, from) || !path_argument(s, 1, to)) return -EFAULT_;
  return rename_node(t, kAtFdCwd, from, kAtFdCwd, to, 0);
}

std::int64_t rename_at(Thread& t, const Sys& s, std::uint64_t flags) {
  std::string_view from, to;
  if (!path_argument(s, 1, from) || !path_argument(s, 3, to)) return -EFAULT_;
  return rename_node(t, s.fd(0), from, s.fd(2), to, static_cast<std::uint32_t>(flags));
}

std::int64_t sys_renameat(Kernel&, Thread& t, Sys& s) { return rename_at(t, s, 0); }
std::int64_t sys_renameat2(Kernel&, Thread& t, Sys& s) { return rename_at(t, s, s.arg[4]); }

}  // namespace

void register_name_calls(SyscallTable& table) {
  table.set(nr::mkdir, sys_mkdir);
  table.set(nr::mkdirat, sys_mkdirat);
  table.set(nr::mknod, sys_mknod);
  table.set(nr::mknodat, sys_mknodat);
  table.set(nr::symlink, sys_symlink);
  table.set(nr::symlinkat, sys_symlinkat);
  table.set(nr::link, sys_link);
  table.set(nr::linkat, sys_linkat);
  table.set(nr::unlink, sys_unlink);
  table.set(nr::unlinkat, sys_unlinkat);
  table.set(nr::rmdir, sys_rmdir);
  table.set(nr::rename, sys_rename);
  table.set(nr::renameat, sys_renameat);
  table.set(nr::renameat2, sys_renameat2);
}

}  // namespace isosim::kernel
