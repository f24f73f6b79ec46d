// Names in an overlay change in its upper file system alone; a whiteout there, an extended attribute of the
// directory, hides what the lower one has (pkg/sentry/fs/inode_overlay.go).
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "models/sentry/fs/overlay_fs.h"

namespace isosim::models {

using kernel::Dentry;
using kernel::Inode;
using kernel::NewNode;
using kernel::Ref;
using kernel::Thread;
namespace file_mode = kernel::file_mode;

// Dirent.Create() and CreateDirectory() of mkdir(2) look the name up again. What open(2) and bind(2) make is
// there at once, all else is looked up at its next use.
std::int64_t OverlayFs::create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                               Ref<Inode>& out) {
  const Ref<Inode> hold = dir.inode;
  auto& parent = static_cast<OverlayInode&>(*hold);
  const std::uint32_t kind = node.mode & file_mode::type;
  const bool directory = kind == file_mode::directory, socket = kind == file_mode::socket;
  if (kind == file_mode::character || kind == file_mode::block) return -kernel::EPERM_;  // mknodAt()
  charge(t, directory ? cost.mkdir : kind == file_mode::symlink ? cost.symlink : cost.create);
  if (directory || (node.open_flags & kernel::open_flag::creat)) {
    Ref<Inode> other;
    if (const std::int64_t error = lookup(t, dir, name, other)) return error;
    if (other) return -kernel::EEXIST_;
  }
  if (socket && !parent.upper && !services_.release().overlay_binds_anywhere) return -kernel::EOPNOTSUPP_;
  if (const std::int64_t error = copy_up(t, dir)) return error;
  Ref<Inode> made;
  const std::int64_t error = upper_.create(t, *transient(upper_, parent.upper.get()), name, node, made);
  if (error != 0) return error;
  parent.refresh();
  if (kind == file_mode::regular || socket)
    out = new OverlayInode(*this, std::move(made), nullptr, nullptr, false);
  return 0;
}

std::int64_t OverlayFs::link(Thread* t, Dentry& old, Dentry& dir, std::string_view name,
                             Ref<Inode>& /*out*/) {
  charge(t, cost.link);
  const Ref<Inode> hold = old.inode, hold_dir = dir.inode;
  auto& target = static_cast<OverlayInode&>(*hold);
  auto& parent = static_cast<OverlayInode&>(*hold_dir);
  if (remote_attributes) {  // mayLinkAt(): whose it is
    if (const std::int64_t error = refresh(t, target)) return error;
  }
  if (const std::int64_t error = copy_up(t, dir)) return error;
  if (const std::int64_t error = copy_up(t, old)) return error;
  Ref<Inode> made;
  const std::int64_t error = upper_.link(t, *transient(upper_, target.upper.get()),
                                         *transient(upper_, parent.upper.get()), name, made);
  target.refresh();
  parent.refresh();
  return error;
}

// A directory is asked only for what the upper file system has in it: rmdir(2) of one that is not empty below
// succeeds (ramfs Dir.RemoveDirectory).
bool OverlayFs::directory_empty(Thread* /*t*/, Dentry& dir) {
  const OverlayInode& inode = overlay_inode(dir);
  return !inode.upper || inode.upper->entries->empty();
}

std::int64_t OverlayFs::unlink(Thread* t, Dentry& dir, Dentry& victim) {
  const Ref<Inode> hold_dir = dir.inode, hold = victim.inode;
  auto& parent = static_cast<OverlayInode&>(*hold_dir);
  auto& gone = static_cast<OverlayInode&>(*hold);
  charge(t, gone.is_directory() ? cost.rmdir : cost.unlink);
  if (!revalidate(t, victim)) return -kernel::ENOENT_;  // Remove() walks once more
  if (const std::int64_t error = copy_up(t, dir)) return error;
  if (gone.upper) {
    const std::int64_t error = upper_.unlink(t, *transient(upper_, parent.upper.get()),
                                             *transient(upper_, gone.upper.get(), victim.name));
    if (error != 0) return error;
  }
  if (gone.lower_exists) make_whiteout(t, *parent.upper, victim.name);
  gone.links = gone.upper ? gone.upper->links : 0;
  parent.refresh();
  dirents_.remove(victim);
  vfs.dcache.drop(victim);  // nobody remembers that there is no such name
  lower_.settle(t);
  return 0;
}

// overlayRename(): until 20190529.1 the new name is looked up whether there is one or not. What a directory
// has in the lower file system stays behind.
std::int64_t OverlayFs::rename(Thread* t, Dentry& old_dir, Dentry& old, Dentry& new_dir, Dentry& replaced,
                               bool exchange) {
  if (exchange) return -kernel::EINVAL_;
  charge(t, cost.rename);
  const Ref<Inode> hold_from = old_dir.inode, hold_to = new_dir.inode, hold = old.inode,
                   hold_replaced = replaced.inode;
  auto& from = static_cast<OverlayInode&>(*hold_from);
  auto& to = static_cast<OverlayInode&>(*hold_to);
  auto& moved = static_cast<OverlayInode&>(*hold);
  auto* gone = static_cast<OverlayInode*>(hold_replaced.get());
  if (remote_attributes) {  // checkSticky() for what moves and for what it replaces
    if (const std::int64_t error = refresh(t, from)) return error;
    if (gone) {
      if (const std::int64_t error = refresh(t, to)) return error;
    }
  }
  if (gone || services_.release().overlay_rename_looks) {
    Ref<Inode> other;
    if (const std::int64_t error = lookup(t, new_dir, replaced.name, other)) return error;
    if (other && other->is_directory() && t) {
      kernel::Directory inside;
      if (const std::int64_t error = entries_of(*t, static_cast<OverlayInode&>(*other), inside)) return error;
      if (!inside.empty()) return -kernel::ENOTEMPTY_;
    }
  }
  if (const std::int64_t error = copy_up(t, old)) return error;
  if (const std::int64_t error = copy_up(t, new_dir)) return error;
  const std::int64_t error =
      upper_.rename(t, *transient(upper_, from.upper.get()), *transient(upper_, moved.upper.get(), old.name),
                    *transient(upper_, to.upper.get()),
                    *transient(upper_, gone ? gone->upper.get() : nullptr, replaced.name), false);
  if (error != 0) return error;
  if (moved.lower_exists) make_whiteout(t, *from.upper, old.name);
  moved.moved = true;
  moved.refresh();
  from.refresh();
  to.refresh();
  if (gone) gone->links = gone->upper ? gone->upper->links : 0;
  dirents_.remove(old);
  dirents_.remove(replaced);
  lower_.settle(t);
  return 0;
}

}  // namespace isosim::models
