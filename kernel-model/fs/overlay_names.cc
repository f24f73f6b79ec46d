// Names in an overlay: created, linked, removed and renamed in the upper layer, with whiteouts over the lower
// ones.
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/overlay.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

bool is_whiteout(const Inode& inode) { return inode.is(file_mode::character) && inode.rdev == 0; }

std::int64_t Overlay::in_lower(Thread* t, const OverlayInode& dir, std::string_view name, bool& found) {
  found = false;
  for (const auto& layer : dir.lowers) {
    Ref<Dentry> lower;
    if (const auto error = lookup_dentry(t, *layer, name, lower)) return error;
    if (lower->negative()) continue;
    found = !is_whiteout(*lower->inode);
    return 0;
  }
  return 0;
}

std::int64_t Overlay::cover(Thread* t, Dentry& upper_dir, std::string_view name) {
  Ref<Dentry> dentry;
  if (const auto error = lookup_dentry(t, upper_dir, name, dentry)) return error;
  Ref<Inode> inode;
  if (const auto error = upper_dir.sb.create(t, upper_dir, name, {.mode = file_mode::character}, inode))
    return error;
  if (!dentry->inode) dentry->inode = std::move(inode);
  return 0;
}

std::int64_t Overlay::uncover(Thread* t, Dentry& upper_dir, std::string_view name, bool& was) {
  Ref<Dentry> dentry;
  if (const auto error = lookup_dentry(t, upper_dir, name, dentry)) return error;
  was = !dentry->negative() && is_whiteout(*dentry->inode);
  if (!was) return 0;
  const std::int64_t error = upper_dir.sb.unlink(t, upper_dir, *dentry);
  vfs.dcache.remove(std::move(dentry));
  return error;
}

std::int64_t Overlay::create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                             Ref<Inode>& out) {
  charge(t, cost.create);
  if (const auto error = copy_up(t, dir, true)) return error;
  Dentry& parent = *own(dir).upper;
  bool whiteout = false;
  if (const auto error = uncover(t, parent, name, whiteout)) return error;
  Ref<Dentry> upper;
  if (const auto error = lookup_dentry(t, parent, name, upper)) return error;
  Ref<Inode> inode;
  if (const auto error = parent.sb.create(t, parent, name, node, inode)) return error;
  if (!upper->inode) upper->inode = std::move(inode);
  if (whiteout && upper->inode->is_directory()) upper->inode->xattrs.emplace(kOpaque, 1);
  out = make(upper, {});
  return 0;
}

std::int64_t Overlay::link(Thread* t, Dentry& old, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  charge(t, cost.link);
  if (const auto error = copy_up(t, old, true)) return error;
  if (const auto error = copy_up(t, dir, true)) return error;
  Dentry& parent = *own(dir).upper;
  bool whiteout = false;
  if (const auto error = uncover(t, parent, name, whiteout)) return error;
  Ref<Dentry> upper;
  if (const auto error = lookup_dentry(t, parent, name, upper)) return error;
  Ref<Inode> inode;
  if (const auto error = parent.sb.link(t, *own(old).upper, parent, name, inode)) return error;
  if (!upper->inode) upper->inode = std::move(inode);
  own(old).refresh();
  out = make(upper, {});
  return 0;
}

std::int64_t Overlay::unlink(Thread* t, Dentry& dir, Dentry& victim) {
  OverlayInode& gone = own(victim);
  charge(t, gone.is_directory() ? cost.rmdir : cost.unlink);
  if (const auto error = copy_up(t, dir, true)) return error;
  Dentry& parent = *own(dir).upper;
  bool below = false;
  if (const auto error = in_lower(t, own(dir), victim.name, below)) return error;
  std::uint32_t links = 0;
  if (gone.upper) {
    const Ref<Dentry> upper = gone.upper;
    // Whiteouts that a removed directory holds go with it.
    std::vector<std::string> inside;
    if (gone.is_directory()) {
      for (const auto& slot : upper->inode->entries->slots()) inside.push_back(slot.name);
    }
    for (const auto& name : inside) {
      bool was = false;
      if (!name.empty()) uncover(t, *upper, name, was);
    }
    const Ref<Inode> inode = upper->inode;
    if (const auto error = upper->sb.unlink(t, parent, *upper)) return error;
    links = inode->links;
    vfs.dcache.drop(*upper);
  }
  gone.links = links;
  return below ? cover(t, parent, victim.name) : 0;
}

// A directory that has a lower part cannot move: its lower entries would stay behind (EXDEV; mv then copies).
std::int64_t Overlay::rename(Thread* t, Dentry& old_dir, Dentry& old, Dentry& new_dir, Dentry& replaced,
                             bool exchange) {
  charge(t, cost.rename);
  const auto movable = [&](const Dentry& d) { return !d.inode->is_directory() || own(d).lowers.empty(); };
  if (!movable(old) || (exchange && !movable(replaced))) return -EXDEV_;
  if (const auto error = copy_up(t, old, true)) return error;
  if (const auto error = copy_up(t, new_dir, true)) return error;
  if (exchange) {
    if (const auto error = copy_up(t, replaced, true)) return error;
  }
  Dentry& from = *own(old_dir).upper;
  Dentry& to = *own(new_dir).upper;
  bool below = false, whiteout = false;
  if (const auto error = in_lower(t, own(old_dir), old.name, below)) return error;
  if (const auto error = uncover(t, to, replaced.name, whiteout)) return error;
  const Ref<Dentry> moved = own(old).upper;
  Ref<Dentry> target;
  if (const auto error = lookup_dentry(t, to, replaced.name, target)) return error;
  const Ref<Inode> gone = target->inode;
  const std::string old_name = moved->name, new_name = replaced.name;
  if (const auto error = moved->sb.rename(t, from, *moved, to, *target, exchange)) return error;
  if (exchange) {
    vfs.dcache.move(*target, from, old_name);
  } else {
    vfs.dcache.drop(*target);
  }
  vfs.dcache.move(*moved, to, new_name);
  if (!exchange && replaced.inode) replaced.inode->links = gone ? gone->links : 0;
  return below && !exchange ? cover(t, from, old_name) : 0;
}

std::int64_t Overlay::set_attributes(Thread* t, Dentry& dentry, const AttributeChange& change) {
  charge(t, cost.setattr);
  if (const auto error = copy_up(t, dentry, !(change.size && *change.size == 0))) return error;
  OverlayInode& inode = own(dentry);
  if (const auto error = inode.upper->sb.set_attributes(t, *inode.upper, change)) return error;
  inode.refresh();
  return 0;
}

}  // namespace isosim::kernel
