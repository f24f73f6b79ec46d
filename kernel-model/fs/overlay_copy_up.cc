#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/overlay.h"
#include "kernel-model/fs/regular_file.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kChunk = 1 << 20;  // OVL_COPY_UP_CHUNK_SIZE

}  // namespace

// ovl_copy_up(): parents first, then a temporary in the work directory that is renamed into place.
std::int64_t Overlay::copy_up(Thread* t, Dentry& dentry, bool data) {
  OverlayInode& inode = own(dentry);
  if (inode.upper) return 0;
  if (read_only) return -EROFS_;
  const Ref<Dentry> hold(&dentry);
  if (const auto error = copy_up(t, *dentry.parent, true)) return error;
  charge(t, copy_up_);
  Dentry& parent = *own(*dentry.parent).upper;
  const Ref<Dentry> lower = inode.lowers.front();
  Ref<Dentry> fresh;
  if (const auto error = lookup_dentry(t, parent, dentry.name, fresh)) return error;
  if (inode.upper) return 0;  // another thread was faster
  const Inode& from = *lower->inode;
  Ref<Inode> made;
  const NewNode node{from.mode, from.uid, from.gid, from.rdev, from.target};
  if (const auto error = parent.sb.create(t, parent, dentry.name, node, made)) return error;
  if (!fresh->inode) fresh->inode = made;
  made->xattrs = from.xattrs;
  if (from.is_regular() && data && from.size > 0) {
    if (!t) {
      parent.sb.place_contents(*made, {.path = {}, .size = from.size});
    } else if (const auto error = copy_data(*t, *lower, *fresh)) {
      return error;
    }
  }
  made->mtime = from.mtime;
  inode.upper = fresh;
  if (!inode.is_directory()) inode.lowers.clear();
  inode.refresh();
  return 0;
}

// ovl_copy_up_data(): spliced, so read into the page cache of the lower file and copied once into the upper
// one's.
std::int64_t Overlay::copy_data(Thread& t, Dentry& from, Dentry& to) {
  RegularFile source({nullptr, &from}, from.inode), target({nullptr, &to}, to.inode);
  target.flags = open_flag::rdwr;
  const std::uint64_t size = from.inode->size;
  for (std::uint64_t at = 0; at < size;) {
    const std::uint64_t bytes = std::min(kChunk, size - at);
    const std::int64_t got = from.sb.read(t, source, {.length = bytes, .position = at});
    if (got <= 0) return got < 0 ? got : -EIO_;
    t.charge(vfs.paths.sendfile, (static_cast<std::uint64_t>(got) + kPageSize - 1) / kPageSize);
    const std::int64_t put =
        to.sb.write(t, target, {.length = static_cast<std::uint64_t>(got), .position = at});
    if (put < 0) return put;
    at += static_cast<std::uint64_t>(put);
  }
  return 0;
}

}  // namespace isosim::kernel
