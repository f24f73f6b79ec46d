#include "models/sentry/fs/gofer_file.h"

#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/locks.h"
#include "kernel-model/kernel.h"
#include "models/sentry/fs/gofer_calls.h"

namespace isosim::models {

using kernel::Io;
using kernel::Kernel;
using kernel::Thread;
namespace notify = kernel::notify;
namespace open_flag = kernel::open_flag;

// Moves data between the buffer's memory and the host's file, without a copy in the Sentry.
std::int64_t GoferFile::move(Thread& t, const Io& io, std::uint64_t length, const GoferHandle& handle,
                             bool write) {
  go::G& g = fs_.services().goroutine(t);
  // Another thread may use the file while this one sleeps in a call of the host.
  std::vector<kernel::IoVec> blocks = std::exchange(blocks_, {});
  const std::uint64_t reachable = fs_.blocks(t, io, length, !write, blocks);
  if (reachable == 0) return -kernel::EFAULT_;
  if (handle.host_fd >= 0) {
    const std::int64_t moved = transfer(g, handle.host_fd, blocks, io.position, write);
    blocks_ = std::move(blocks);
    return moved;
  }
  return write ? fs_.client().write(g, handle.fid, io.position, reachable)
               : fs_.client().read(g, handle.fid, io.position, reachable);
}

std::int64_t GoferFile::read(Kernel& k, Thread& t, const Io& io) {
  if (io.length == 0) return 0;
  if (fs_.in_overlay) t.charge(fs_.paths().overlay);
  const std::int64_t count = fs_.caches() ? read_cached(t, io) : read_through(t, io);
  fs_.settle(&t);
  if (count > 0) notify_event(k, &t, inode_.get(), path_.dentry.get(), path_.dentry->name, notify::access);
  return count;
}

// CachingInodeOperations.Read(): at the end of the file, as far as is known here, nobody is asked.
std::int64_t GoferFile::read_cached(Thread& t, const Io& io) {
  GoferInode& inode = node();
  t.charge(fs_.paths().cached_read);
  if (io.position >= inode.size) return 0;
  const std::uint64_t length = std::min(io.length, inode.size - io.position);
  const HandleRef handle = inode.read_through ? inode.read_through : handle_;
  const std::int64_t count = move(t, io, length, *handle, false);
  fs_.touch_access(fs_.services().goroutine(t), inode);
  return count;
}

std::int64_t GoferFile::read_through(Thread& t, const Io& io) {
  t.charge(fs_.cost.read);
  return move(t, io, io.length, *handle_, false);
}

std::int64_t GoferFile::write(Kernel& k, Thread& t, const Io& io) {
  constexpr std::size_t kRlimitFsize = 1;
  if (io.length == 0) return 0;
  GoferInode& inode = node();
  go::G& g = fs_.services().goroutine(t);
  if (fs_.in_overlay) t.charge(fs_.paths().overlay);
  t.charge(fs_.caches() ? fs_.paths().cached_write : fs_.cost.write);
  Io at = io;
  if (flags & open_flag::append) {
    if (const std::int64_t error = fs_.refresh(&t, inode)) return error;
    at.position = inode.size;
  }
  const std::uint64_t limit = std::min(fs_.max_file_size, t.process->limits[kRlimitFsize].current);
  if (at.position >= limit) return -kernel::EFBIG_;
  const std::uint64_t length = std::min(io.length, limit - at.position);
  std::int64_t count = 0;
  {
    const kernel::InodeGuard guard(k, t, inode.lock);
    if (fs_.caches()) fs_.touch_modification(g, inode);
    const HandleRef handle = inode.write_back ? inode.write_back : handle_;
    count = move(t, at, length, *handle, true);
    if (count > 0) inode.size = std::max(inode.size, at.position + static_cast<std::uint64_t>(count));
  }
  if (count > 0 && (flags & open_flag::dsync) && fs_.services().release().flipcall) {
    if (const std::int64_t error = sync(k, t, true)) return error;
  }
  fs_.settle(&t);
  if (count > 0) notify_event(k, &t, inode_.get(), path_.dentry.get(), path_.dentry->name, notify::modify);
  return count;
}

// Fsync(): attributes and what the Gofer holds, then the host's file.
std::int64_t GoferFile::sync(Kernel& /*k*/, Thread& t, bool /*data_only*/) {
  go::G& g = fs_.services().goroutine(t);
  g.charge(fs_.cost.fsync);
  std::int64_t error = fs_.write_out(g, node());
  if (error == 0)
    error = handle_->host_fd >= 0 ? sync_host_file(g, handle_->host_fd) : fs_.client().fsync(g, handle_->fid);
  fs_.settle(&t);
  return error;
}

void GoferFile::flush(Kernel& /*k*/, Thread& t) {
  if (!writable()) return;
  go::G& g = fs_.services().goroutine(t);
  g.charge(fs_.paths().flush);
  fs_.client().flush(g, handle_->fid);
  fs_.settle(&t);
}

void GoferFile::release(Kernel& k, Thread& t) {
  if (inode_->locks) drop_file_locks(k, t, *this);
  const std::uint32_t mask = writable() ? notify::close_write : notify::close_nowrite;
  notify_event(k, &t, inode_.get(), path_.dentry.get(), path_.dentry->name, mask);
  go::G& g = fs_.services().goroutine(t);
  g.charge(fs_.cost.release);
  fs_.close_handle(g, handle_);
  if (--inode_->opens == 0 && inode_->links == 0) fs_.evict(&t, *inode_);
  fs_.settle(&t);
}

}  // namespace isosim::models
