#include "kernel-model/fs/overlay.h"

#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

void OverlayInode::refresh() {
  const Inode& from = *real().inode;
  mode = from.mode;
  uid = from.uid;
  gid = from.gid;
  size = from.size;
  links = is_directory() ? 1 : from.links;
  rdev = from.rdev;
  target = from.target;
  mtime = from.mtime;
  ctime = from.ctime;
}

Overlay::Overlay(Vfs& its_vfs, std::vector<Path> layers)
    : SuperBlock(its_vfs, "overlay"),
      layers_(std::move(layers)),
      copy_up_(its_vfs.kernel.path("overlay.copy_up")),
      layer_(its_vfs.kernel.path("overlay.layer")),
      merge_(its_vfs.kernel.path("overlay.merge")) {
  read_only = !layers_[0].mount;
  std::vector<Ref<Dentry>> lowers;
  for (std::size_t i = 1; i < layers_.size(); ++i) lowers.push_back(layers_[i].dentry);
  root = vfs.dcache.make_root(*this, make(layers_[0].dentry, std::move(lowers)));
}

Ref<OverlayInode> Overlay::make(Ref<Dentry> upper, std::vector<Ref<Dentry>> lowers) {
  const std::uint32_t mode = (upper ? upper : lowers.front())->inode->mode;
  Ref<OverlayInode> inode(new OverlayInode(*this, next_inode_++, mode));
  inode->upper = std::move(upper);
  inode->lowers = std::move(lowers);
  inode->refresh();
  return inode;
}

// ovl_lookup(): each layer is asked in turn, until a file, a whiteout or an opaque directory ends the search.
std::int64_t Overlay::lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  charge(t, cost.lookup);
  const Ref<Inode> hold = dir.inode;
  const OverlayInode& parent = own(dir);
  Ref<Dentry> upper;
  std::vector<Ref<Dentry>> lowers;
  bool search = true;
  if (parent.upper) {
    if (const auto error = lookup_dentry(t, *parent.upper, name, upper)) return error;
    if (upper->negative()) {
      upper.reset();
    } else if (is_whiteout(*upper->inode)) {
      return 0;
    } else {
      search = upper->inode->is_directory() && !upper->inode->xattrs.contains(kOpaque);
    }
  }
  for (std::size_t i = 0; search && i < parent.lowers.size(); ++i) {
    Ref<Dentry> lower;
    charge(t, layer_, 1);
    if (const auto error = lookup_dentry(t, *parent.lowers[i], name, lower)) return error;
    if (lower->negative()) continue;
    if (is_whiteout(*lower->inode)) break;
    const bool directory = lower->inode->is_directory();
    if (!directory && (upper || !lowers.empty())) break;  // a file below a directory is hidden
    search = directory && !lower->inode->xattrs.contains(kOpaque);
    lowers.push_back(std::move(lower));
  }
  if (upper || !lowers.empty()) out = make(std::move(upper), std::move(lowers));
  return 0;
}

std::int64_t Overlay::read_link(Thread* t, Dentry& dentry, std::string& out) {
  charge(t, cost.readlink);
  Dentry& real = own(dentry).real();
  return real.sb.read_link(t, real, out);
}

std::int64_t Overlay::get_status(Thread* t, Dentry& dentry, FileStatus& out) {
  charge(t, cost.getattr);
  Dentry& real = own(dentry).real();
  const std::int64_t error = real.sb.get_status(t, real, out);
  if (dentry.inode->is_directory()) {
    out.device = device;
    out.inode = dentry.inode->number;
    out.links = 1;
  }
  return error;
}

// ovl_d_select_inode().
std::int64_t Overlay::open_inode(Thread* t, const Path& path, std::uint32_t flags, Ref<Inode>& out) {
  const bool writes = (flags & (open_flag::accmode | open_flag::trunc)) != 0;
  if (writes) {
    if (const auto error = copy_up(t, *path.dentry, !(flags & open_flag::trunc))) return error;
  }
  charge(t, cost.open);
  Dentry& real = own(*path.dentry).real();
  return real.sb.open_inode(t, {path.mount, &real}, flags, out);
}

// ovl_iterate(): what one layer alone holds is read from there (od->is_real). ovl_dir_read_merged(): else all
// layers are read and names seen twice dropped; the list is kept while the directory is open and no layer
// changes.
const Directory& Overlay::listing(Thread* t, Dentry& dir) {
  OverlayInode& inode = own(dir);
  if (!inode.is_merged()) {
    Dentry& real = inode.real();
    const Directory& only = real.sb.listing(t, real);
    bool whiteouts = false;
    for (const auto& slot : only.slots()) whiteouts = whiteouts || (slot.inode && is_whiteout(*slot.inode));
    if (!whiteouts) return only;
  }
  std::vector<Dentry*> reals;
  if (inode.upper) reals.push_back(inode.upper.get());
  for (const auto& lower : inode.lowers) reals.push_back(lower.get());
  std::uint64_t stamp = 0;
  for (const Dentry* real : reals) {
    stamp =
        stamp * 31 + static_cast<std::uint64_t>(real->inode->mtime.ps) + real->inode->entries->slots().size();
  }
  if (stamp == inode.stamp) return inode.merged;
  Directory merged;
  std::vector<std::string> hidden;
  for (Dentry* real : reals) {
    std::uint64_t seen = 0;
    for (const auto& slot : real->sb.listing(t, *real).slots()) {
      if (slot.name.empty()) continue;
      ++seen;
      if (merged.find(slot.name) || std::find(hidden.begin(), hidden.end(), slot.name) != hidden.end())
        continue;
      if (slot.inode && is_whiteout(*slot.inode)) {
        hidden.push_back(slot.name);
      } else {
        merged.add(slot.name, nullptr, slot.kind);
      }
    }
    charge(t, real->sb.entry_path(*real), seen);
    charge(t, merge_, seen);
  }
  inode.merged = std::move(merged);
  inode.stamp = stamp;
  return inode.merged;
}

sim::PathId Overlay::entry_path(const Dentry& dir) const {
  const OverlayInode& inode = own(dir);
  return inode.is_merged() ? cost.readdir : inode.real().sb.entry_path(inode.real());
}

// ovl_dir_release(): the list goes with the last file that uses it.
void Overlay::forget_listing(Inode& dir) {
  auto& inode = static_cast<OverlayInode&>(dir);
  inode.merged = Directory();
  inode.stamp = ~std::uint64_t{0};
}

bool Overlay::directory_empty(Thread* t, Dentry& dir) { return listing(t, dir).empty(); }

std::int64_t Overlay::get_xattr(Thread* t, Dentry& dentry, std::string_view name) {
  charge(t, cost.getxattr);
  Dentry& real = own(dentry).real();
  return name.starts_with("trusted.overlay.") ? -ENODATA_ : real.sb.get_xattr(t, real, name);
}

std::int64_t Overlay::list_xattr(Thread* t, Dentry& dentry) {
  charge(t, cost.listxattr);
  Dentry& real = own(dentry).real();
  return real.sb.list_xattr(t, real);
}

std::int64_t Overlay::set_xattr(Thread* t, Dentry& dentry, std::string_view name, std::uint64_t size,
                                int flags) {
  charge(t, cost.setxattr);
  if (const auto error = copy_up(t, dentry, true)) return error;
  Dentry& upper = *own(dentry).upper;
  return upper.sb.set_xattr(t, upper, name, size, flags);
}

std::int64_t Overlay::remove_xattr(Thread* t, Dentry& dentry, std::string_view name) {
  charge(t, cost.removexattr);
  if (const auto error = copy_up(t, dentry, true)) return error;
  Dentry& upper = *own(dentry).upper;
  return upper.sb.remove_xattr(t, upper, name);
}

std::int64_t Overlay::sync_all(Thread& t) { return layers_[0].mount ? layers_[0].mount->sb->sync_all(t) : 0; }

void Overlay::place_contents(Inode& inode, const InitialFile& file) {
  auto& overlaid = static_cast<OverlayInode&>(inode);
  Inode& real = *overlaid.real().inode;
  real.sb.place_contents(real, file);
  overlaid.refresh();
}

void Overlay::place_name(Inode& dir, Inode& inode, bool warm) {
  Inode& real = *static_cast<OverlayInode&>(inode).real().inode;
  real.mode = inode.mode;
  real.uid = inode.uid;
  real.gid = inode.gid;
  real.xattrs.insert(inode.xattrs.begin(), inode.xattrs.end());
  real.xattr_error = inode.xattr_error;
  real.interpreter = inode.interpreter;
  real.sb.place_name(*static_cast<OverlayInode&>(dir).real().inode, real, warm);
}

void Overlay::evict(Thread* t, Inode& inode) {
  auto& overlaid = static_cast<OverlayInode&>(inode);
  if (!overlaid.upper || !overlaid.upper->inode) return;
  Inode& real = *overlaid.upper->inode;
  if (real.links == 0 && real.opens == 0) real.sb.evict(t, real);
}

}  // namespace isosim::kernel
