// mlock and its kin, mincore, msync (mm/mlock.c, mm/mincore.c, mm/msync.c).
#include "kernel-model/fs/inode.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {
constexpr std::uint64_t kCapIpcLock = 14;
constexpr std::uint64_t kMsAsync = 1, kMsInvalidate = 2, kMsSync = 4;
constexpr std::uint64_t kMclCurrent = 1, kMclFuture = 2, kMclOnFault = 4;

bool may_lock(const Process& process, std::uint64_t pages) {
  return (process.credentials.capabilities >> kCapIpcLock & 1) ||
         pages <= process.limits[rlimit_index::memlock].current / kPage;
}
}  // namespace

std::int64_t MemoryManager::sys_mlock(Thread& t, Address start, std::uint64_t length, bool lock,
                                      bool populate_pages) {
  t.charge(paths_.mlock);
  length = page_up(length + start % kPage);
  start = page_down(start);
  if (length == 0) return 0;
  if (start >= kTaskSize || length > kTaskSize - start) return -ENOMEM_;
  Mm& mm = of(*t.process);
  {
    const WriteGuard guard(mm.lock, kernel_, t);
    if (lock && !may_lock(*t.process, mm.locked_pages + length / kPage)) return -ENOMEM_;
    if (!mm.vmas.covered(start, start + length)) return -ENOMEM_;
    mark_locked(t, mm, start, start + length, lock);
  }
  return lock && populate_pages ? populate(t, mm, start, start + length) : 0;
}

void MemoryManager::mark_locked(Thread& t, Mm& mm, Address start, Address end, bool lock) {
  int changes = 0;
  mm.vmas.change(start, end, changes, [&](Vma& area) {
    count(mm, area, false);
    area.flags = lock ? area.flags | vm::locked : area.flags & ~vm::locked;
    count(mm, area, true);
  });
  charge_changes(t, changes);
}

// flags 0: munlockall.
std::int64_t MemoryManager::sys_mlockall(Thread& t, std::uint64_t flags) {
  t.charge(paths_.mlock);
  if (flags & ~(kMclCurrent | kMclFuture | kMclOnFault)) return -EINVAL_;
  Mm& mm = of(*t.process);
  std::vector<std::pair<Address, Address>> ranges;
  {
    const WriteGuard guard(mm.lock, kernel_, t);
    if (flags != 0 && !may_lock(*t.process, mm.vmas.bytes() / kPage)) return -ENOMEM_;
    mm.lock_future = (flags & kMclFuture) != 0;
    if (flags != 0 && !(flags & kMclCurrent)) return 0;
    mark_locked(t, mm, 0, kTaskSize, flags != 0);
    if (flags == 0 || (flags & kMclOnFault)) return 0;
    for (const auto& [start, area] : mm.vmas.areas())
      if (area.is(vm::rights)) ranges.emplace_back(start, area.end);
  }
  for (const auto& [start, end] : ranges) populate(t, mm, start, end);
  return 0;
}

std::int64_t MemoryManager::sys_mincore(Thread& t, Address start, std::uint64_t length) {
  if (start % kPage != 0) return -EINVAL_;
  const std::uint64_t pages = page_up(length) / kPage;
  t.charge(paths_.mincore, pages);
  if (start >= kTaskSize || pages * kPage > kTaskSize - start) return -ENOMEM_;
  Mm& mm = of(*t.process);
  const ReadGuard guard(mm.lock, kernel_, t);
  return pages == 0 || mm.vmas.covered(start, start + pages * kPage) ? 0 : -ENOMEM_;
}

std::int64_t MemoryManager::sys_msync(Thread& t, Address start, std::uint64_t length, std::uint64_t flags) {
  t.charge(paths_.msync);
  if ((flags & ~(kMsAsync | kMsInvalidate | kMsSync)) || start % kPage != 0 ||
      ((flags & kMsAsync) && (flags & kMsSync)))
    return -EINVAL_;
  length = page_up(length);
  if (length == 0) return 0;
  Mm& mm = of(*t.process);
  const ReadGuard guard(mm.lock, kernel_, t);
  const Address end = start + length;
  Address at = start;
  while (at < end) {
    const Vma* area = mm.vmas.find(at);
    if (!area || area->start >= end) return -ENOMEM_;
    const Address next = area->end;
    if ((flags & kMsSync) && area->shared() && area->file && area->file->inode()) {
      const Ref<File> file = area->file;
      mm.lock.unlock_read(kernel_, t);  // the area may go while the disk works
      const std::int64_t result = file->sync(kernel_, t, true);
      mm.lock.lock_read(kernel_, t);
      if (result < 0) return result;
    }
    at = next;
  }
  return mm.vmas.covered(start, end) ? 0 : -ENOMEM_;
}

}  // namespace isosim::kernel
