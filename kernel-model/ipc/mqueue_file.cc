#include "kernel-model/ipc/mqueue_file.h"

#include <algorithm>

#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

// mqueue_read_file(): "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n".
std::int64_t MqueueFile::read(Kernel& k, Thread& t, const Io& io) {
  constexpr std::uint64_t kLine = 60;
  t.charge(k.ipc->paths.mqueue_report);
  const std::uint64_t bytes = io.position < kLine ? std::min(io.length, kLine - io.position) : 0;
  if (user_access(k, t, io, 0, bytes, true) < bytes) return -EFAULT_;
  return static_cast<std::int64_t>(bytes);
}

// default_llseek(), whose end is the inode's size.
std::int64_t MqueueFile::seek(Kernel& /*k*/, Thread& /*t*/, std::int64_t offset, int whence) {
  if (whence == 1) offset += static_cast<std::int64_t>(position);
  if (whence == 2) offset += static_cast<std::int64_t>(queue().size);
  if (whence < 0 || whence > 2 || offset < 0) return -EINVAL_;
  position = static_cast<std::uint64_t>(offset);
  return offset;
}

std::uint32_t MqueueFile::poll(Thread& t) {
  t.charge(t.kernel.ipc->paths.eventfd_poll);  // mqueue_poll_file() does as much
  return (queue().count() > 0 ? poll_bit::readable : 0u) | (queue().full() ? 0u : poll_bit::writable);
}

void MqueueFile::release(Kernel& /*k*/, Thread& t) {
  Inode& inode = *path_.inode();
  inode.sb.charge(&t, inode.sb.cost.release);
  if (--inode.opens == 0 && inode.links == 0) inode.sb.evict(&t, inode);
}

}  // namespace isosim::kernel
