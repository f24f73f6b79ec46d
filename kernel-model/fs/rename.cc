#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/modify.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr std::uint32_t kNoReplace = 1, kExchange = 2, kWhiteout = 4;

bool ancestor_of(const Dentry& ancestor, const Dentry* dentry) {
  for (; dentry; dentry = dentry->parent.get()) {
    if (dentry == &ancestor) return true;
  }
  return false;
}

// vfs_rename(): whether `from` may take the place of `to` (negative: a free name).
std::int64_t may_rename(Thread& t, const LastComponent& from, const Dentry& old, const LastComponent& to,
                        const Dentry& replaced, std::uint32_t flags) {
  if (const auto error = may_delete(t, from.parent, old)) return error;
  if (replaced.negative()) {
    if (to.parent.inode()->links == 0) return -ENOENT_;
    if (const auto error = path_permission(t, to.parent, kMayWrite | kMayExec)) return error;
  } else {
    if (const auto error = may_delete(t, to.parent, replaced)) return error;
    if (!(flags & kExchange)) {
      if (old.inode->is_directory() && !replaced.inode->is_directory()) return -ENOTDIR_;
      if (!old.inode->is_directory() && replaced.inode->is_directory()) return -EISDIR_;
    }
  }
  const bool moves = from.parent.dentry != to.parent.dentry;
  if (moves && old.inode->is_directory()) {
    if (const auto error = inode_permission(t, *old.inode, kMayWrite)) return error;
  }
  if (old.mounts || replaced.mounts) return -EBUSY_;
  return 0;
}

}  // namespace

std::int64_t rename_node(Thread& t, std::int32_t old_dfd, std::string_view old_name, std::int32_t new_dfd,
                         std::string_view new_name, std::uint32_t flags) {
  if (flags & ~(kNoReplace | kExchange | kWhiteout)) return -EINVAL_;
  if ((flags & kExchange) && (flags & (kNoReplace | kWhiteout))) return -EINVAL_;
  LastComponent from, to;
  from.search_checked = to.search_checked = false;
  if (const auto error = path_parent(t, old_dfd, old_name, from)) return error;
  if (const auto error = path_parent(t, new_dfd, new_name, to)) return error;
  if (from.parent.mount != to.parent.mount) return -EXDEV_;
  if (from.special || to.special) return -EBUSY_;
  if (from.parent.mount->flags & mount_flag::rdonly) return -EROFS_;
  // lock_rename(): the parents in one order for everybody.
  InodeLock& from_lock = from.parent.inode()->lock;
  InodeLock& to_lock = to.parent.inode()->lock;
  const bool swap = to.parent.dentry->id < from.parent.dentry->id;
  const InodeGuard guard(t.kernel, t, swap ? to_lock : from_lock, swap ? &from_lock : &to_lock);
  Ref<Dentry> old, replaced;
  if (const auto error = lookup_one(t, from.parent, from.name, old)) return error;
  if (old->negative()) return -ENOENT_;
  if (const auto error = lookup_one(t, to.parent, to.name, replaced)) return error;
  if ((flags & kNoReplace) && !replaced->negative()) return -EEXIST_;
  if (flags & kExchange) {
    if (replaced->negative()) return -ENOENT_;
    if (to.trailing_slash && !replaced->inode->is_directory()) return -ENOTDIR_;
  }
  if (!old->inode->is_directory()) {
    if (from.trailing_slash || (!(flags & kExchange) && to.trailing_slash)) return -ENOTDIR_;
  }
  if (ancestor_of(*old, to.parent.dentry.get())) return -EINVAL_;
  if (ancestor_of(*replaced, from.parent.dentry.get())) return (flags & kExchange) ? -EINVAL_ : -ENOTEMPTY_;
  Kernel& k = t.kernel;
  t.charge(k.vfs->paths.rename);
  if (!replaced->negative() && replaced->inode == old->inode) return 0;  // two links of one inode
  if (const auto error = may_rename(t, from, *old, to, *replaced, flags)) return error;
  const Ref<Inode> gone = replaced->inode;
  const bool exchange = (flags & kExchange) != 0;
  SuperBlock& sb = old->sb;
  if (!exchange && gone && gone->is_directory() && !sb.directory_empty(&t, *replaced)) return -ENOTEMPTY_;
  if (const auto error = sb.rename(&t, *from.parent.dentry, *old, *to.parent.dentry, *replaced, exchange))
    return error;

  const std::string source = old->name;
  const std::uint32_t kind = old->inode->is_directory() ? notify::isdir : 0;
  const std::uint32_t cookie = t.kernel.vfs->next_cookie();
  notify_event(k, &t, nullptr, old.get(), source, notify::moved_from | kind, cookie);
  const std::string target = replaced->name;
  if (exchange) {
    k.vfs->dcache.move(*replaced, *from.parent.dentry, source);
  } else {
    k.vfs->dcache.drop(*replaced);
  }
  k.vfs->dcache.move(*old, *to.parent.dentry, target);
  notify_event(k, &t, nullptr, old.get(), target, notify::moved_to | kind, cookie);
  notify_event(k, &t, old->inode.get(), nullptr, {}, notify::move_self);
  if (!exchange && gone && gone->links == 0) {
    notify_gone(k, &t, *gone);
    if (gone->opens == 0) gone->sb.evict(&t, *gone);
  }
  return 0;
}

}  // namespace isosim::kernel
