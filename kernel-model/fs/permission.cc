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

namespace {

// generic_permission() and acl_permission_check(). `has` tells whether a capability is there. A directory's
// are asked for a second time as any file's, which changes nothing but whom it is asked (the Sentry does so).
template <class Has>
std::int64_t generic_permission(const Credentials& credentials, const Inode& inode, std::uint32_t mask,
                                Has has) {
  std::uint32_t bits = inode.mode;
  if (credentials.euid == inode.uid) {
    bits >>= 6;
  } else if (in_group(credentials, inode.gid)) {
    bits >>= 3;
  }
  if ((mask & ~bits & 7) == 0) return 0;
  if (inode.is_directory() && (has(kCapDacOverride) || (!(mask & kMayWrite) && has(kCapDacReadSearch))))
    return 0;
  if ((!(mask & kMayExec) || (inode.mode & 0111)) && has(kCapDacOverride)) return 0;
  return mask == kMayRead && has(kCapDacReadSearch) ? 0 : -EACCES_;
}

// MS_RDONLY is about files, not about what they lead to.
std::int64_t mount_permission(const Path& path, std::uint32_t mask) {
  const Inode& inode = *path.inode();
  if (!(mask & kMayWrite)) return 0;
  const bool device = inode.is(file_mode::character) || inode.is(file_mode::block) ||
                      inode.is(file_mode::fifo) || inode.is(file_mode::socket);
  return !device && ((path.mount->flags & mount_flag::rdonly) || inode.sb.read_only) ? -EROFS_ : 0;
}

}  // namespace

std::int64_t inode_permission(const Credentials& credentials, const Inode& inode, std::uint32_t mask) {
  return generic_permission(credentials, inode, mask,
                            [&](int capability) { return capable(credentials, capability); });
}

// Where attributes are remote they are asked for first, and again for each capability that is consulted
// (ContextCanAccessFile() of the Sentry, pkg/sentry/fs/context.go).
std::int64_t inode_permission(Thread& t, Inode& inode, std::uint32_t mask) {
  const Credentials& credentials = t.process->credentials;
  if (!inode.sb.remote_attributes) return inode_permission(credentials, inode, mask);
  std::int64_t error = inode.sb.refresh(&t, inode);
  if (error) return error;
  const std::int64_t allowed = generic_permission(credentials, inode, mask, [&](int capability) {
    error = inode.sb.refresh(&t, inode);
    return error != 0 || capable(credentials, capability);
  });
  return error ? error : allowed;
}

std::int64_t path_permission(Thread& t, const Path& path, std::uint32_t mask) {
  if (const auto error = mount_permission(path, mask)) return error;
  return inode_permission(t, *path.inode(), mask);
}

std::int64_t path_permission(const Credentials& credentials, const Path& path, std::uint32_t mask) {
  if (const auto error = mount_permission(path, mask)) return error;
  return inode_permission(credentials, *path.inode(), mask);
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
