#include "models/sentry/fs/overlay_fs.h"

#include <algorithm>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "models/sentry/fs/overlay_file.h"

namespace isosim::models {

using kernel::Dentry;
using kernel::File;
using kernel::Inode;
using kernel::Ref;
using kernel::Thread;
namespace file_mode = kernel::file_mode;
namespace open_flag = kernel::open_flag;

// The upper file system decides what of its dirents a mount keeps, and tmpfs keeps them (Keep).
OverlayFs::OverlayFs(kernel::Vfs& its_vfs, Services& services, SentryTmpfs& upper, GoferFs& lower)
    : SuperBlock(its_vfs, "overlayfs", "overlay"),
      services_(services),
      upper_(upper),
      lower_(lower),
      revalidate_(its_vfs.kernel.path("overlay.revalidate")),
      whiteout_(its_vfs.kernel.path("overlay.whiteout")),
      copy_up_(its_vfs.kernel.path("overlay.copy_up")),
      merge_(its_vfs.kernel.path("overlay.merge")),
      dirents_(its_vfs.dcache, static_cast<std::size_t>(its_vfs.kernel.settings.integer(dirent_limit)),
               [this](const Dentry& dir) { return missing_names(dir); }) {
  revalidates = true;
  remote_attributes = lower.remote_attributes;
  link_rights = free_root_search = truncates_before_open = copies_itself = true;
  root = vfs.dcache.make_root(*this, new OverlayInode(*this, upper.root->inode, lower.root->inode,
                                                      lower.root->inode.get(), copies_readable()));
}

std::size_t OverlayFs::missing_names(const Dentry& dir) const {
  const auto* inode = static_cast<const OverlayInode*>(dir.inode.get());
  if (!inode) return 0;
  return static_cast<std::size_t>(
      std::count_if(inode->missing.begin(), inode->missing.end(), [&](const std::string& name) {
        const Dentry* child = vfs.dcache.lookup(dir, name);
        return child && child->negative();
      }));
}

// Of files without a name (O_TMPFILE).
Ref<Inode> OverlayFs::make_inode(std::uint64_t /*number*/, std::uint32_t mode) {
  return new OverlayInode(*this, upper_.new_inode({.mode = mode}, vfs.kernel.engine.now()), nullptr, nullptr,
                          false);
}

bool OverlayFs::has_whiteout(Thread* t, const Inode& upper_dir, std::string_view name) {
  charge(t, whiteout_);
  return upper_dir.xattrs.contains("trusted.overlay.whiteout." + std::string(name));
}

void OverlayFs::make_whiteout(Thread* t, Inode& upper_dir, std::string_view name) {
  charge(t, whiteout_);
  upper_dir.xattrs.emplace("trusted.overlay.whiteout." + std::string(name), 1);
}

// overlayLookup(): both layers are asked, since the lower one has the number that the file is known by. tmpfs
// never says that a name may be remembered as missing, so the next look asks both again.
std::int64_t OverlayFs::lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  const Ref<Inode> hold = dir.inode;
  auto& parent = static_cast<OverlayInode&>(*hold);
  charge(t, cost.lookup);
  Ref<Inode> upper, lower;
  bool hidden = false;
  if (parent.upper) {
    if (const std::int64_t error = upper_.lookup(t, *transient(upper_, parent.upper.get()), name, upper))
      return error;
    hidden = has_whiteout(t, *parent.upper, name);
  }
  if (parent.lower && !hidden) {
    Ref<Inode> below;
    if (const std::int64_t error = lower_.lookup(t, *transient(lower_, parent.lower.get()), name, below))
      return error;
    if (below && (!upper || upper->dirent_kind() == below->dirent_kind())) lower = std::move(below);
  }
  if (!upper && !lower) {
    parent.missing.emplace(name);
    return 0;
  }
  if (lower && !lower->is_regular() && !lower->is_directory() && !lower->is_symlink() &&
      !lower->is(file_mode::socket))
    return -kernel::EINVAL_;
  const Ref<Inode> seen = lower;
  if (upper && lower && !upper->is_directory()) lower = nullptr;  // it will not be read or written any more
  out = new OverlayInode(*this, std::move(upper), std::move(lower), seen.get(), copies_readable());
  return 0;
}

// overlayMountSourceOperations.Revalidate(): the lower file system's rule, for what is still there of it; a
// copied-up file keeps its lower one for as long as its dirent lives. tmpfs asks for nothing. A lower file
// that is another one now makes the Sentry panic; here it is looked up anew.
bool OverlayFs::revalidate(Thread* t, Dentry& dentry) {
  if (dentry.negative()) return false;
  charge(t, revalidate_);
  const Ref<Inode> hold = dentry.inode, hold_parent = dentry.parent->inode;
  const auto& inode = static_cast<const OverlayInode&>(*hold);
  const auto& parent = static_cast<const OverlayInode&>(*hold_parent);
  bool same = !inode.moved;
  if (same && inode.lower && parent.lower && lower_.revalidates)
    same = lower_.same_file(t, static_cast<GoferInode&>(*parent.lower), dentry.name,
                            static_cast<GoferInode&>(*inode.lower));
  if (!same) dirents_.remove(dentry);
  return same;
}

std::int64_t OverlayFs::read_link(Thread* t, Dentry& dentry, std::string& out) {
  charge(t, cost.readlink);
  dirents_.use(dentry);
  const OverlayInode& inode = overlay_inode(dentry);
  if (inode.upper) return upper_.read_link(t, *transient(upper_, inode.upper.get()), out);
  return lower_.read_link(t, *transient(lower_, inode.lower.get()), out);
}

// The Gofer is asked only for what is not in the upper file system.
std::int64_t OverlayFs::refresh(Thread* t, Inode& inode) {
  auto& own = static_cast<OverlayInode&>(inode);
  const Ref<Inode> hold(&inode);
  std::int64_t error = 0;
  if (!own.upper) error = lower_.refresh(t, *own.lower);
  own.refresh();
  return error;
}

std::int64_t OverlayFs::get_status(Thread* t, Dentry& dentry, kernel::FileStatus& out) {
  charge(t, cost.getattr);
  dirents_.use(dentry);
  OverlayInode& inode = overlay_inode(dentry);
  charge(t, inode.real().sb.cost.getattr);
  if (const std::int64_t error = refresh(t, inode)) return error;
  inode.show(out);
  return 0;
}

std::int64_t OverlayFs::statfs(Thread& t, Dentry& dentry, kernel::FileSystemStatus& out) {
  constexpr std::uint64_t kMagic = 0x794c7630;  // OVERLAYFS_SUPER_MAGIC
  t.charge(cost.statfs);
  const OverlayInode& inode = overlay_inode(dentry);
  const std::int64_t error = inode.upper ? upper_.statfs(t, *transient(upper_, inode.upper.get()), out)
                                         : lower_.statfs(t, *transient(lower_, inode.lower.get()), out);
  out.type = kMagic;
  return error;
}

// Whose the file is is asked before it is copied up, as GoferFs does.
std::int64_t OverlayFs::set_attributes(Thread* t, Dentry& dentry, const kernel::AttributeChange& change) {
  OverlayInode& inode = overlay_inode(dentry);
  const Ref<Inode> hold(&inode);
  charge(t, change.size ? cost.truncate : change.uid || change.gid ? cost.chown : cost.setattr);
  dirents_.use(dentry);
  if (!change.size) {
    for (int asked = 0; asked < (change.uid || change.gid ? 2 : 1); ++asked)
      if (const std::int64_t error = refresh(t, inode)) return error;
  }
  if (const std::int64_t error = copy_up(t, dentry)) return error;
  if (change.size) return truncate(t, inode, *change.size);
  const std::int64_t error = upper_.set_attributes(t, *transient(upper_, inode.upper.get()), change);
  inode.refresh();
  return error;
}

std::int64_t OverlayFs::truncate(Thread* t, Inode& inode, std::uint64_t size) {
  constexpr std::uint64_t kPage = 4096;
  auto& own = static_cast<OverlayInode&>(inode);
  if (!own.upper) return -kernel::EBADF_;  // only files open for writing come without their dentry
  if (t && size < own.upper->size) vfs.kernel.memory->unmap_file(*t, inode, (size + kPage - 1) / kPage);
  const std::int64_t error = upper_.truncate(t, *own.upper, size);
  own.refresh();
  return error;
}

std::int64_t OverlayFs::allocate(Thread& t, Inode& inode, int mode, std::uint64_t offset,
                                 std::uint64_t length) {
  t.charge(cost.fallocate);
  auto& own = static_cast<OverlayInode&>(inode);
  if (!own.upper) return -kernel::EBADF_;
  const std::int64_t error = upper_.allocate(t, *own.upper, mode, offset, length);
  own.refresh();
  return error;
}

std::int64_t OverlayFs::sync_file(Thread& t, Inode& inode, bool data_only) {
  t.charge(cost.fsync);
  const auto& own = static_cast<const OverlayInode&>(inode);
  return own.upper ? upper_.sync_file(t, *own.upper, data_only) : lower_.sync_file(t, *own.lower, data_only);
}

void OverlayFs::evict(Thread* t, Inode& inode) {
  const auto& own = static_cast<const OverlayInode&>(inode);
  if (own.lower) lower_.evict(t, *own.lower);  // the file stays, nobody here needs its fid
  if (own.upper && own.upper->links == 0 && own.upper->opens == 0 && own.upper->allocated != 0)
    upper_.evict(t, *own.upper);
}

Ref<File> OverlayFs::open_upper(Thread& t, OverlayInode& inode, std::uint32_t flags) {
  t.charge(upper_.cost.open);
  Ref<File> file(new kernel::RegularFile({nullptr, transient(upper_, inode.upper.get())}, inode.upper));
  file->flags = flags;
  ++inode.upper->opens;
  if (file->writable()) ++inode.upper->writers;
  return file;
}

Ref<File> OverlayFs::open_lower(Thread& t, OverlayInode& inode, std::uint32_t flags, std::int64_t& error) {
  return lower_.make_file(&t, {nullptr, transient(lower_, inode.lower.get())}, flags, error);
}

// overlayGetFile().
Ref<File> OverlayFs::make_file(Thread* t, const kernel::Path& path, std::uint32_t flags,
                               std::int64_t& error) {
  auto& inode = static_cast<OverlayInode&>(*path.dentry->inode);
  if (!t || (!inode.is_regular() && !inode.is_directory())) return nullptr;
  dirents_.use(*path.dentry);
  if (flags & open_flag::accmode) {
    if (error = copy_up(t, *path.dentry); error != 0) return nullptr;
  }
  t->charge(cost.open);
  Ref<File> upper, lower;
  if (inode.upper && inode.is_regular()) {
    upper = open_upper(*t, inode, flags);
  } else if (!inode.upper) {
    lower = open_lower(*t, inode, flags, error);
    if (error != 0) return nullptr;
  } else {
    t->charge(upper_.cost.open);
  }
  if (inode.is_directory()) return new OverlayDirectory(*this, path, std::move(lower));
  ++inode.opens;
  return new OverlayFile(*this, path, std::move(upper), std::move(lower));
}

}  // namespace isosim::models
