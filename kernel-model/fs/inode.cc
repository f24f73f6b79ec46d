#include "kernel-model/fs/inode.h"

#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/locks.h"
#include "kernel-model/fs/super_block.h"

namespace isosim::kernel {

Inode::Inode(SuperBlock& super_block, std::uint64_t inode_number, std::uint32_t inode_mode)
    : sb(super_block),
      number(inode_number),
      mode(inode_mode),
      cache_object_((std::uint64_t{super_block.device} << 40) | inode_number) {
  pages.host = this;
  if (is_directory()) {
    entries = std::make_unique<Directory>();
    links = 2;
  }
}

Inode::~Inode() = default;

void Inode::fill(FileStatus& out) const {
  out.inode = number;
  out.mode = mode;
  out.links = links;
  out.uid = uid;
  out.gid = gid;
  out.size = size;
  out.blocks = (allocated + 511) / 512;
  out.device = sb.device;
  out.rdev = rdev;
  out.atime = atime;
  out.mtime = mtime;
  out.ctime = ctime;
}

}  // namespace isosim::kernel
