// Extended attributes as the in-memory and disk file systems keep them: names and value sizes.
#include "kernel-model/fs/super_block.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

bool SuperBlock::has_xattr(std::string_view name) const {
  return name.starts_with("user.") || name.starts_with("trusted.") || name.starts_with("security.") ||
         name.starts_with("system.posix_acl_");
}

std::int64_t SuperBlock::get_xattr(Thread* t, Dentry& dentry, std::string_view name) {
  charge(t, cost.getxattr);
  const Inode& inode = *dentry.inode;
  const auto found = inode.xattrs.find(name);
  if (found != inode.xattrs.end()) return found->second;
  if (inode.xattr_error) return -inode.xattr_error;
  return has_xattr(name) ? -ENODATA_ : -EOPNOTSUPP_;
}

std::int64_t SuperBlock::list_xattr(Thread* t, Dentry& dentry) {
  charge(t, cost.listxattr);
  std::int64_t bytes = 0;
  for (const auto& [name, size] : dentry.inode->xattrs) bytes += static_cast<std::int64_t>(name.size()) + 1;
  return bytes;
}

std::int64_t SuperBlock::set_xattr(Thread* t, Dentry& dentry, std::string_view name, std::uint64_t size,
                                   int flags) {
  constexpr int kCreate = 1, kReplace = 2;
  charge(t, cost.setxattr);
  if (!has_xattr(name)) return -EOPNOTSUPP_;
  auto& xattrs = dentry.inode->xattrs;
  const auto found = xattrs.find(name);
  if (found != xattrs.end() && (flags & kCreate)) return -EEXIST_;
  if (found == xattrs.end() && (flags & kReplace)) return -ENODATA_;
  xattrs.insert_or_assign(std::string(name), static_cast<std::uint32_t>(size));
  dentry.inode->ctime = now(t);
  return 0;
}

std::int64_t SuperBlock::remove_xattr(Thread* t, Dentry& dentry, std::string_view name) {
  charge(t, cost.removexattr);
  if (!has_xattr(name)) return -EOPNOTSUPP_;
  auto& xattrs = dentry.inode->xattrs;
  const auto found = xattrs.find(name);
  // posix_acl_xattr_set: to remove a list that is not there is to set none.
  if (found == xattrs.end()) return name.starts_with("system.posix_acl_") ? 0 : -ENODATA_;
  xattrs.erase(found);
  dentry.inode->ctime = now(t);
  return 0;
}

}  // namespace isosim::kernel
