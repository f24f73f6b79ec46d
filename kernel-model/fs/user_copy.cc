#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

void SuperBlock::copy_to_user(Thread& t, const Inode& inode, const Io& io, std::uint64_t length) {
  if (io.buffer == 0) return;
  vfs.kernel.memory->user_access(t, io.buffer, length, true);
  vfs.kernel.cpu.copy(*t.task, inode.cache_object(), io.position, length);
}

void SuperBlock::copy_from_user(Thread& t, const Inode& inode, const Io& io, std::uint64_t length) {
  if (io.buffer != 0) vfs.kernel.memory->user_access(t, io.buffer, length, false);
  vfs.kernel.cpu.copy(*t.task, inode.cache_object(), io.position, length, cpu::Copy::to_kernel);
}

}  // namespace isosim::kernel
