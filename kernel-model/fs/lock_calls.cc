#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/fcntl_lock.h"
#include "kernel-model/fs/locks.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

FileLocks& locks_of(Inode& inode) {
  if (!inode.locks) inode.locks = std::make_unique<FileLocks>();
  return *inode.locks;
}

// flock_to_posix_lock(): [start, end) from whence, start and a length that may be negative or 0 (to the end).
std::int64_t to_record(const Thread& t, const File& file, const Sys& s, bool ofd, FileLocks::Record& out) {
  FileLock wanted{.type = static_cast<std::int16_t>(LockType::write)};
  if (const auto* given = s.get<FileLock>(2)) wanted = *given;
  if (wanted.type < 0 || wanted.type > 2) return -EINVAL_;
  std::int64_t start = wanted.start;
  if (wanted.whence == 1) start += static_cast<std::int64_t>(file.position);
  if (wanted.whence == 2 && file.inode()) start += static_cast<std::int64_t>(file.inode()->size);
  if (wanted.whence < 0 || wanted.whence > 2) return -EINVAL_;
  std::int64_t end = wanted.length == 0 ? INT64_MAX : start + wanted.length;
  if (wanted.length < 0) std::swap(start, end);
  if (start < 0) return -EINVAL_;
  out.owner = ofd ? static_cast<const void*>(&file) : t.process;
  out.pid = ofd ? -1 : t.process->pid;
  out.type = static_cast<LockType>(wanted.type);
  out.start = static_cast<std::uint64_t>(start);
  out.end = static_cast<std::uint64_t>(end);
  return 0;
}

// Sleeps until a lock goes; -ERESTARTSYS if a signal comes first.
std::int64_t wait_for_change(Thread& t, FileLocks& locks) {
  if (signal_pending(t)) return -ERESTARTSYS_;
  locks.waiters.sleep(t.kernel, t, RunState::interruptible);
  return 0;
}

std::int64_t sys_flock(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kShared = 1, kExclusive = 2, kNonblock = 4, kUnlock = 8;
  t.charge(k.vfs->paths.flock);
  const Ref<File> file(t.process->files->get(s.fd(0)));
  if (!file || (file->flags & open_flag::path)) return -EBADF_;
  const std::uint64_t kind = s.arg[1] & ~kNonblock;
  if (kind != kShared && kind != kExclusive && kind != kUnlock) return -EINVAL_;
  Inode* inode = file->inode();
  if (!inode) return -EINVAL_;
  FileLocks& locks = locks_of(*inode);
  const FileLocks::Whole wanted{file.get(), kind == kShared      ? LockType::read
                                            : kind == kExclusive ? LockType::write
                                                                 : LockType::unlock};
  while (wanted.type != LockType::unlock && locks.conflict(wanted)) {
    if (s.arg[1] & kNonblock) return -EAGAIN_;
    if (const auto error = wait_for_change(t, locks)) return error;
  }
  locks.apply(wanted);
  if (wanted.type != LockType::write) locks.waiters.wake(k, &t);
  return 0;
}

}  // namespace

std::int64_t get_lock(Thread& t, File& file, Sys& s, bool ofd) {
  FileLocks::Record wanted;
  if (const auto error = to_record(t, file, s, ofd, wanted)) return error;
  t.charge(t.kernel.vfs->paths.posix_lock);
  const Inode* inode = file.inode();
  const auto* held = inode && inode->locks ? inode->locks->conflict(wanted) : nullptr;
  s.out.value = static_cast<std::uint64_t>(held ? held->type : LockType::unlock);
  return 0;
}

std::int64_t set_lock(Thread& t, File& file, const Sys& s, bool ofd, bool wait) {
  FileLocks::Record wanted;
  if (const auto error = to_record(t, file, s, ofd, wanted)) return error;
  if (wanted.type == LockType::read && !file.readable()) return -EBADF_;
  if (wanted.type == LockType::write && !file.writable()) return -EBADF_;
  t.charge(t.kernel.vfs->paths.posix_lock);
  if (!file.inode()) return 0;  // a terminal or pipe from outside, which nobody else here could lock
  FileLocks& locks = locks_of(*file.inode());
  while (wanted.type != LockType::unlock && locks.conflict(wanted)) {
    if (!wait) return -EAGAIN_;
    if (const auto error = wait_for_change(t, locks)) return error;
  }
  locks.apply(wanted);
  if (wanted.type != LockType::write) locks.waiters.wake(t.kernel, &t);
  return 0;
}

void register_lock_calls(SyscallTable& table) { table.set(nr::flock, sys_flock); }

}  // namespace isosim::kernel
