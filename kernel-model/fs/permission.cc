#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr int kCapDacOverride = 1, kCapDacReadSearch = 2, kCapFowner = 3;

bool in_group(const Credentials& credentials, std::uint32_t gid) {
  if (credentials.egid == gid) return true;
  for (const auto group : credentials.groups) {
    if (group == gid) return true;
  }
  return false;
}

bool capable(const Credentials& credentials, int capability) {
  return (credentials.capabilities >> capability & 1) != 0;
}

}  // namespace

bool capable(const Thread& t, int capability) { return capable(t.process->credentials, capability); }

bool owner_or_capable(const Thread& t, const Inode& inode) {
  return t.process->credentials.euid == inode.uid || capable(t, kCapFowner);
}

// generic_permission() and acl_permission_check().
std::int64_t inode_permission(const Credentials& credentials, const Inode& inode, std::uint32_t mask) {
  std::uint32_t bits = inode.mode;
  if (credentials.euid == inode.uid) {
    bits >>= 6;
  } else if (in_group(credentials, inode.gid)) {
    bits >>= 3;
  }
  if ((mask & ~bits & 7) == 0) return 0;
  if (inode.is_directory()) {
    if (capable(credentials, kCapDacOverride)) return 0;
    return !(mask & kMayWrite) && capable(credentials, kCapDacReadSearch) ? 0 : -EACCES_;
  }
  if (mask == kMayRead && capable(credentials, kCapDacReadSearch)) return 0;
  if ((!(mask & kMayExec) || (inode.mode & 0111)) && capable(credentials, kCapDacOverride)) return 0;
  return -EACCES_;
}

namespace {

// ContextCanAccessFile() of the Sentry (pkg/sentry/fs/context.go): the attributes are asked for once, and
// again for each capability that is consulted.
std::int64_t refresh_for(Thread& t, Inode& inode, std::uint32_t mask) {
  if (const auto error = inode.sb.refresh(&t, inode)) return error;
  const Credentials& credentials = t.process->credentials;
  std::uint32_t bits = inode.mode;
  if (credentials.euid == inode.uid) {
    bits >>= 6;
  } else if (in_group(credentials, inode.gid)) {
    bits >>= 3;
  }
  if ((mask & ~bits & 7) == 0) return 0;
  std::int64_t error = 0;
  const auto has = [&](int capability) {
    error = inode.sb.refresh(&t, inode);
    return error != 0 || capable(credentials, capability);
  };
  if (inode.is_directory() && (has(kCapDacOverride) || (!(mask & kMayWrite) && has(kCapDacReadSearch))))
    return error;
  if ((!(mask & kMayExec) || (inode.mode & 0111)) && has(kCapDacOverride)) return error;
  if (mask == kMayRead) has(kCapDacReadSearch);
  return error;
}

}  // namespace

std::int64_t inode_permission(Thread& t, Inode& inode, std::uint32_t mask) {
  if (inode.sb.remote_attributes) {
    if (const auto error = refresh_for(t, inode, mask)) return error;
  }
  return inode_permission(t.process->credentials, inode, mask);
}

std::int64_t path_permission(Thread& t, const Path& path, std::uint32_t mask) {
  if (Inode& inode = *path.inode(); inode.sb.remote_attributes) {
    if (const auto error = refresh_for(t, inode, mask)) return error;
  }
  return path_permission(t.process->credentials, path, mask);
}

std::int64_t path_permission(const Credentials& credentials, const Path& path, std::uint32_t mask) {
  const Inode& inode = *path.inode();
  if (mask & kMayWrite) {
    const bool device = inode.is(file_mode::character) || inode.is(file_mode::block) ||
                        inode.is(file_mode::fifo) || inode.is(file_mode::socket);
    if (!device && ((path.mount->flags & mount_flag::rdonly) || inode.sb.read_only)) return -EROFS_;
  }
  return inode_permission(credentials, inode, mask);
}

std::int64_t may_delete(Thread& t, const Path& parent, const Dentry& victim) {
  if (const auto error = path_permission(t, parent, kMayWrite | kMayExec)) return error;
  const Inode& dir = *parent.inode();
  if ((dir.mode & file_mode::sticky) && t.process->credentials.euid != victim.inode->uid &&
      t.process->credentials.euid != dir.uid && !capable(t, kCapFowner)) {
    return -EPERM_;
  }
  return 0;
}

}  // namespace isosim::kernel
