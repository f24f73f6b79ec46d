#include "kernel-model/fs/user_copy.h"

#include <algorithm>

#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

std::uint64_t user_access(Kernel& k, Thread& t, const Io& io, std::uint64_t offset, std::uint64_t length,
                          bool write) {
  if (io.buffer == 0) return length;
  if (io.segments.empty()) return k.memory->user_access(t, io.buffer + offset, length, write);
  std::uint64_t done = 0;
  for (const IoVec& segment : io.segments) {
    if (offset >= segment.length) {
      offset -= segment.length;
      continue;
    }
    const std::uint64_t part = std::min(segment.length - offset, length - done);
    const std::uint64_t good = k.memory->user_access(t, segment.base + offset, part, write);
    done += good;
    if (good < part || done == length) break;
    offset = 0;
  }
  return done;
}

std::int64_t put_user(Kernel& k, Thread& t, Address address, std::uint64_t bytes) {
  return k.memory->user_access(t, address, bytes, true) == bytes ? 0 : -EFAULT_;
}

std::int64_t SuperBlock::copy_to_user(Thread& t, const Inode& inode, const Io& io, std::uint64_t length) {
  if (io.buffer == 0) return static_cast<std::int64_t>(length);
  const std::uint64_t count = user_access(vfs.kernel, t, io, 0, length, true);
  if (count == 0) return -EFAULT_;
  vfs.kernel.cpu.copy(*t.task, inode.cache_object(), io.position, count);
  return static_cast<std::int64_t>(count);
}

void SuperBlock::copy_from_user(Thread& t, const Inode& inode, const Io& io, std::uint64_t length) {
  vfs.kernel.cpu.copy(*t.task, inode.cache_object(), io.position, length, cpu::Copy::to_kernel);
}

}  // namespace isosim::kernel
