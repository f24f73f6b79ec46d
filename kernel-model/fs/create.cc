#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/modify.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

// may_create(), and who owns the new inode (inode_init_owner).
std::int64_t prepare(Thread& t, const Path& parent, NewNode& node) {
  const Inode& dir = *parent.inode();
  if (dir.links == 0) return -ENOENT_;  // IS_DEADDIR
  if (const auto error = path_permission(t, parent, kMayWrite | kMayExec)) return error;
  node.uid = t.process->credentials.euid;
  node.gid = t.process->credentials.egid;
  if (dir.mode & file_mode::setgid) {
    node.gid = dir.gid;
    if ((node.mode & file_mode::type) == file_mode::directory) node.mode |= file_mode::setgid;
  }
  return 0;
}

}  // namespace

void cross_mounts(Thread& t, Path& path) {
  while (path.dentry->mounts) {
    Mount* mount = t.process->fs->mounts->mounted_on(path.mount.get(), path.dentry.get());
    if (!mount) return;
    path = {mount, mount->root};
  }
}

std::int64_t create_node(Thread& t, const Path& parent, const Ref<Dentry>& dentry, NewNode node) {
  if (const auto error = prepare(t, parent, node)) return error;
  Kernel& k = t.kernel;
  Ref<Inode> inode;
  if (const auto error = parent.dentry->sb.create(&t, *parent.dentry, dentry->name, node, inode))
    return error;
  if (!dentry->inode) dentry->inode = std::move(inode);
  t.charge(k.vfs->paths.create);
  const bool directory = (node.mode & file_mode::type) == file_mode::directory;
  notify_event(k, &t, nullptr, dentry.get(), dentry->name, notify::create | (directory ? notify::isdir : 0));
  if (!dentry->inode) k.vfs->dcache.drop(*dentry);
  return 0;
}

std::int64_t make_node(Thread& t, std::int32_t dfd, std::string_view name, const NewNode& node) {
  LastComponent last;
  last.search_checked = (node.mode & file_mode::type) != file_mode::symlink;
  if (const auto error = path_parent(t, dfd, name, last)) return error;
  if (last.special) return -EEXIST_;
  const InodeGuard guard(t.kernel, t, last.parent.inode()->lock);
  Ref<Dentry> dentry;
  if (const auto error = lookup_one(t, last.parent, last.name, dentry)) return error;
  if (!dentry->negative()) return -EEXIST_;
  if (last.trailing_slash && (node.mode & file_mode::type) != file_mode::directory) return -ENOENT_;
  return create_node(t, last.parent, dentry, node);
}

std::int64_t create_unnamed(Thread& t, const Path& directory, NewNode node, Path& out) {
  if (const auto error = prepare(t, directory, node)) return error;
  SuperBlock& sb = directory.dentry->sb;
  Ref<Inode> inode = sb.new_inode(node, t.now());
  inode->links = 0;
  t.charge(sb.cost.create);
  Vfs& vfs = *t.kernel.vfs;
  const std::string name = "#" + std::to_string(inode->number);
  Dentry& dentry = vfs.dcache.add(*directory.dentry, name, std::move(inode));
  out = {directory.mount, &dentry};
  vfs.dcache.drop(dentry);
  return 0;
}

std::int64_t link_node(Thread& t, std::int32_t old_dfd, std::string_view old_name, std::int32_t new_dfd,
                       std::string_view new_name, std::uint32_t at_flags) {
  if (at_flags & ~(at_flag::symlink_follow | at_flag::empty_path)) return -EINVAL_;
  std::uint32_t lookup = (at_flags & at_flag::symlink_follow) ? lookup_flag::follow : 0;
  if (at_flags & at_flag::empty_path) lookup |= lookup_flag::empty;
  Path old;
  if (const auto error = path_lookup(t, old_dfd, old_name, lookup, old)) return error;
  LastComponent last;
  last.search_checked = false;
  if (const auto error = path_parent(t, new_dfd, new_name, last)) return error;
  if (last.special) return -EEXIST_;
  const InodeGuard guard(t.kernel, t, last.parent.inode()->lock);
  Ref<Dentry> dentry;
  if (const auto error = lookup_one(t, last.parent, last.name, dentry)) return error;
  if (!dentry->negative()) return -EEXIST_;
  if (last.trailing_slash) return -ENOENT_;
  if (old.mount != last.parent.mount) return -EXDEV_;
  NewNode node{.mode = file_mode::regular};
  if (const auto error = prepare(t, last.parent, node)) return error;
  if (old.inode()->is_directory()) return -EPERM_;
  if (old.inode()->links == 0 && !(at_flags & at_flag::symlink_follow)) return -ENOENT_;
  Ref<Inode> inode;
  if (const auto error =
          last.parent.dentry->sb.link(&t, *old.dentry, *last.parent.dentry, dentry->name, inode)) {
    return error;
  }
  dentry->inode = std::move(inode);
  Kernel& k = t.kernel;
  t.charge(k.vfs->paths.link);
  if (dentry->inode) notify_event(k, &t, dentry->inode.get(), nullptr, {}, notify::attrib);
  notify_event(k, &t, nullptr, dentry.get(), dentry->name, notify::create);
  if (!dentry->inode) k.vfs->dcache.drop(*dentry);
  return 0;
}

}  // namespace isosim::kernel
