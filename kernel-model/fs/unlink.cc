#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/modify.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

// d_delete() and iput(): the name goes now, the inode with its last link and last description.
void forget(Thread& t, const Ref<Inode>& inode, Ref<Dentry> victim, std::uint32_t mask) {
  Kernel& k = t.kernel;
  notify_event(k, &t, nullptr, victim.get(), victim->name, mask);
  notify_event(k, &t, inode.get(), nullptr, {}, notify::attrib);
  k.vfs->dcache.remove(std::move(victim));
  if (inode->links != 0) return;
  notify_gone(k, &t, *inode);
  if (inode->opens == 0) inode->sb.evict(&t, *inode);
}

std::int64_t find_victim(Thread& t, const LastComponent& last, Ref<Dentry>& out) {
  if (const auto error = lookup_one(t, last.parent, last.name, out)) return error;
  return out->negative() ? -ENOENT_ : 0;
}

bool mount_point(const Thread& t, const Path& parent, const Dentry& dentry) {
  return dentry.mounts && t.process->fs->mounts->mounted_on(parent.mount.get(), &dentry);
}

}  // namespace

std::int64_t unlink_node(Thread& t, std::int32_t dfd, std::string_view name) {
  LastComponent last;
  if (const auto error = path_parent(t, dfd, name, last)) return error;
  if (last.special) return -EISDIR_;
  if (last.parent.mount->flags & mount_flag::rdonly) return -EROFS_;
  const InodeGuard guard(t.kernel, t, last.parent.inode()->lock);
  Ref<Dentry> victim;
  if (const auto error = find_victim(t, last, victim)) return error;
  if (last.trailing_slash) return victim->inode->is_directory() ? -EISDIR_ : -ENOTDIR_;
  if (const auto error = may_delete(t, last.parent, *victim)) return error;
  if (victim->inode->is_directory()) return -EISDIR_;
  if (mount_point(t, last.parent, *victim)) return -EBUSY_;
  t.charge(t.kernel.vfs->paths.unlink);
  return unlink_dentry(t, last.parent, std::move(victim));
}

std::int64_t unlink_dentry(Thread& t, const Path& parent, Ref<Dentry> victim) {
  const Ref<Inode> inode = victim->inode;
  if (const auto error = parent.dentry->sb.unlink(&t, *parent.dentry, *victim)) return error;
  forget(t, inode, std::move(victim), notify::delete_);
  return 0;
}

std::int64_t remove_directory(Thread& t, std::int32_t dfd, std::string_view name) {
  LastComponent last;
  if (const auto error = path_parent(t, dfd, name, last)) return error;
  if (last.special) return last.name.empty() ? -EBUSY_ : last.name == "." ? -EINVAL_ : -ENOTEMPTY_;
  if (last.parent.mount->flags & mount_flag::rdonly) return -EROFS_;
  const InodeGuard guard(t.kernel, t, last.parent.inode()->lock);
  Ref<Dentry> victim;
  if (const auto error = find_victim(t, last, victim)) return error;
  if (const auto error = may_delete(t, last.parent, *victim)) return error;
  if (!victim->inode->is_directory()) return -ENOTDIR_;
  if (mount_point(t, last.parent, *victim)) return -EBUSY_;
  t.charge(t.kernel.vfs->paths.unlink);
  if (!victim->sb.directory_empty(&t, *victim)) return -ENOTEMPTY_;
  const Ref<Inode> inode = victim->inode;
  if (const auto error = last.parent.dentry->sb.unlink(&t, *last.parent.dentry, *victim)) return error;
  forget(t, inode, std::move(victim), notify::delete_ | notify::isdir);
  return 0;
}

}  // namespace isosim::kernel
