#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

void SuperBlock::copy_to_user(Thread& t, const Inode& inode, const Io& io, std::uint64_t length) {
  if (io.buffer == 0) return;
  vfs.kernel.cpu.copy(*t.task, inode.cache_object(), io.position, length);
}

void SuperBlock::copy_from_user(Thread& t, const Inode& inode, const Io& io, std::uint64_t length) {
  if (io.buffer == 0) return;
  vfs.kernel.cpu.copy(*t.task, inode.cache_object(), io.position, length);
}

}  // namespace isosim::kernel
