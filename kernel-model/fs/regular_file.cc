#include "kernel-model/fs/regular_file.h"

#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/locks.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kFionread = 0x541B, kFigetbsz = 2, kGetFlags = 0x80086601, kSetFlags = 0x40086602,
                        kFiemap = 0xC020660B;
constexpr std::size_t kRlimitFsize = 1;

}  // namespace

std::int64_t RegularFile::read(Kernel& k, Thread& t, const Io& io) {
  if (io.length == 0) return 0;
  const std::int64_t count = inode_->sb.read(t, *this, io);
  if (count > 0) notify_event(k, &t, inode_.get(), path_.dentry.get(), path_.dentry->name, notify::access);
  return count;
}

std::int64_t RegularFile::write(Kernel& k, Thread& t, const Io& io) {
  if (io.length == 0) return 0;
  Io limited = io;
  const std::uint64_t limit = std::min(inode_->sb.max_file_size, t.process->limits[kRlimitFsize].current);
  if (io.position >= limit) return -EFBIG_;
  limited.length = std::min(io.length, limit - io.position);
  std::int64_t count;
  {
    const InodeGuard guard(k, t, inode_->lock);
    // iov_iter_fault_in_readable(), before each page: what lies before one that is not there is written.
    if (!inode_->sb.copies_itself) limited.length = user_access(k, t, limited, 0, limited.length, false);
    if (limited.length == 0) return -EFAULT_;
    if (flags & open_flag::append) limited.position = inode_->size;
    // shmem_write_begin() (mm/shmem.c, 4.4).
    if ((inode_->seals & seal::write) ||
        ((inode_->seals & seal::grow) && limited.position + limited.length > inode_->size))
      return -EPERM_;
    if (limited.position < 2 && !inode_->interpreter.empty())
      inode_->interpreter.clear();  // no "#!" any more
    count = inode_->sb.write(t, *this, limited);
    if (count <= 0) return count;
    constexpr std::uint32_t privileges = file_mode::setuid | file_mode::setgid;
    if ((inode_->mode & privileges) && t.process->credentials.euid != 0) inode_->mode &= ~privileges;
  }
  if (flags & open_flag::dsync) {  // generic_write_sync()
    const bool data_only = (flags & open_flag::sync) != open_flag::sync;
    if (const auto error = inode_->sb.sync_file(t, *inode_, data_only)) return error;
  }
  notify_event(k, &t, inode_.get(), path_.dentry.get(), path_.dentry->name, notify::modify);
  return count;
}

std::int64_t RegularFile::seek(Kernel& /*k*/, Thread& /*t*/, std::int64_t offset, int whence) {
  constexpr int kSet = 0, kCurrent = 1, kEnd = 2, kData = 3, kHole = 4;
  const auto size = static_cast<std::int64_t>(inode_->size);
  std::int64_t target = offset;
  switch (whence) {
    case kSet:
      break;
    case kCurrent:
      target += static_cast<std::int64_t>(position);
      break;
    case kEnd:
      target += size;
      break;
    case kData:
    case kHole: {
      if (offset < 0 || offset >= size) return -ENXIO_;
      const auto page = static_cast<std::uint64_t>(offset) >> kPageShift;
      const std::uint64_t found = inode_->sb.next_data(*inode_, page, whence == kData);
      if (whence == kData && (found == ~0ull || static_cast<std::int64_t>(found << kPageShift) >= size))
        return -ENXIO_;
      if (found != page) target = static_cast<std::int64_t>(found << kPageShift);
      target = std::min(target, size);
      break;
    }
    default:
      return -EINVAL_;
  }
  if (target < 0 || static_cast<std::uint64_t>(target) > inode_->sb.max_file_size) return -EINVAL_;
  position = static_cast<std::uint64_t>(target);
  return target;
}

std::int64_t RegularFile::sync(Kernel& /*k*/, Thread& t, bool data_only) {
  return inode_->sb.sync_file(t, *inode_, data_only);
}

std::int64_t RegularFile::ioctl(Kernel& /*k*/, Thread& /*t*/, std::uint64_t request,
                                std::uint64_t /*argument*/, Out& out) {
  switch (request) {
    case kFionread:
      out.value = inode_->size > position ? inode_->size - position : 0;
      return 0;
    case kFigetbsz:
      out.value = kPageSize;
      return 0;
    case kGetFlags:
    case kSetFlags:  // flags of ext4 have no effect here
      return inode_->sb.type == "ext4" ? 0 : -ENOTTY_;
    default:
      return -ENOTTY_;
  }
}

// ioctl_fiemap() and fiemap_check_ranges(), fs/ioctl.c.
std::int64_t RegularFile::device_ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument,
                                       IoctlArgument* data, Out& out) {
  if (request != kFiemap) return ioctl(k, t, request, argument, out);
  const auto* asked = dynamic_cast<const ExtentsWanted*>(data);
  if (!asked) return -EFAULT_;
  constexpr std::uint32_t kSync = 1, kXattr = 2, kMostExtents = ~0u / 56;  // sizeof(struct fiemap_extent)
  if (asked->room > kMostExtents || asked->length == 0) return -EINVAL_;
  if (asked->start > inode_->sb.max_file_size) return -EFBIG_;
  ExtentsWanted wanted = *asked;
  wanted.length = std::min(wanted.length, inode_->sb.max_file_size - wanted.start);
  if (wanted.flags & ~(kSync | kXattr)) return -EBADR_;
  wanted.sync = (wanted.flags & kSync) != 0;
  return inode_->sb.map_extents(t, *inode_, wanted, out.value);
}

void RegularFile::release(Kernel& k, Thread& t) {
  if (inode_->locks) drop_file_locks(k, t, *this);
  const std::uint32_t mask = writable() ? notify::close_write : notify::close_nowrite;
  notify_event(k, &t, inode_.get(), path_.dentry.get(), path_.dentry->name, mask);
  if (counts_as_writer) --inode_->writers;
  inode_->sb.charge(&t, inode_->sb.cost.release);
  if (--inode_->opens == 0 && inode_->links == 0) inode_->sb.evict(&t, *inode_);
}

}  // namespace isosim::kernel
