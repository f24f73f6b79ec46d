#include "models/sentry/fs/overlay_inode.h"

#include "kernel-model/fs/super_block.h"

namespace isosim::models {

using kernel::Dentry;
using kernel::Inode;
using kernel::Ref;

namespace {

std::uint32_t mode_of(const Inode* upper, const Inode* lower) { return upper ? upper->mode : lower->mode; }
const Inode& stable(const Inode* upper, const Inode* below) { return below ? *below : *upper; }

}  // namespace

OverlayInode::OverlayInode(kernel::SuperBlock& super_block, Ref<Inode> its_upper, Ref<Inode> its_lower,
                           const Inode* seen_below, bool copies_readable)
    : Inode(super_block, stable(its_upper.get(), seen_below).number,
            mode_of(its_upper.get(), its_lower.get())),
      upper(std::move(its_upper)),
      lower(std::move(its_lower)),
      lower_exists(seen_below != nullptr),
      device(stable(upper.get(), seen_below).sb.device),
      copies_readable_(copies_readable) {
  object = real().object;
  refresh();
}

// A FIFO's pipe and a bound socket live as long as the file, not as this view of it.
OverlayInode::~OverlayInode() {
  if (upper && !upper->object) upper->object = object;
}

void OverlayInode::refresh() {
  const Inode& from = real();
  constexpr std::uint32_t kRead = 0444, kWrite = 0222;
  mode = from.mode;
  if (!upper && copies_readable_) mode = (mode & ~kWrite) | (mode & kRead) >> 1;
  uid = from.uid;
  gid = from.gid;
  size = from.size;
  allocated = from.allocated;
  links = from.links;
  rdev = from.rdev;
  target = from.target;
  atime = from.atime;
  mtime = from.mtime;
  ctime = from.ctime;
}

void OverlayInode::show(kernel::FileStatus& out) const {
  fill(out);
  out.mode = real().mode;
  out.device = device;
}

// overlayEntry.Translate().
kernel::Address OverlayInode::host_page(go::G& g, std::uint64_t index, bool write) {
  auto* source = dynamic_cast<Mappable*>(&real());
  return source ? source->host_page(g, index, write) : 0;
}

Ref<Dentry> transient(kernel::SuperBlock& layer, Inode* inode, std::string_view name) {
  Ref<Dentry> dentry(new Dentry(layer, nullptr, name, 0));
  dentry->inode = inode;
  return dentry;
}

}  // namespace isosim::models
