// madvise (mm/madvise.c).
#include <algorithm>

#include "kernel-model/fs/inode_lock.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/kernel.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/shared_memory.h"

namespace isosim::kernel {

namespace {

struct FlagChange {
  std::uint32_t set = 0, clear = 0;
};

// Advice that is a flag of the area.
bool flag_of(std::uint64_t advice, FlagChange& change) {
  switch (advice) {
    case advice::dontfork:
      change = {vm::dontcopy, 0};
      return true;
    case advice::dofork:
      change = {0, vm::dontcopy};
      return true;
    case advice::hugepage:
      change = {vm::hugepage, vm::nohugepage};
      return true;
    case advice::nohugepage:
      change = {vm::nohugepage, vm::hugepage};
      return true;
    case advice::normal:
    case advice::random:
    case advice::sequential:
    case advice::mergeable:
    case advice::unmergeable:
    case advice::dontdump:
    case advice::dodump:
      change = {};
      return true;
    default:
      return false;
  }
}

// madvise_behavior_valid() of 4.4: MADV_FREE came with 4.5.
bool known(std::uint64_t advice) {
  return advice <= advice::dontneed || (advice >= advice::remove && advice <= advice::dodump);
}

}  // namespace

void MemoryManager::discard(Thread& t, Mm& mm, Vma& /*area*/, Address start, Address end) {
  zap(t, mm, start, end, true);
}

// madvise_remove(): a hole in the file, or in the memory without a name, that the area shows. The area may be
// gone afterwards.
std::int64_t MemoryManager::remove_pages(Thread& t, Mm& mm, const Vma& area, Address start, Address end) {
  constexpr int kKeepSize = 1, kPunchHole = 2;
  if (area.is(vm::locked) || !area.file) return -EINVAL_;
  if (!area.shared() || !area.is(vm::write)) return -EACCES_;
  const std::uint64_t first = area.page_offset + (start - area.start) / kPage, pages = (end - start) / kPage;
  const Ref<File> file = area.file;
  if (Inode* inode = file->inode()) {
    // Not with the lock held: who writes to the file has its lock and may fault.
    mm.lock.unlock_read(kernel_, t);
    std::int64_t result = 0;
    {
      const InodeGuard guard(kernel_, t, inode->lock);
      result = inode->sb.allocate(t, *inode, kKeepSize | kPunchHole, first * kPage, pages * kPage);
    }
    mm.lock.lock_read(kernel_, t);
    return result;
  }
  zap(t, mm, start, end, true);
  if (auto* memory = dynamic_cast<SharedMemory*>(file.get()))
    memory->pages.clear(PageCache::Tag::present, first, pages);
  return 0;
}

std::int64_t MemoryManager::sys_madvise(Thread& t, Address start, std::uint64_t length,
                                        std::uint64_t advice) {
  t.charge(paths_.madvise);
  advice &= 0xFFFFFFFF;
  if (advice == advice::hwpoison || advice == advice::soft_offline)
    return capable(*t.process, Cap::sys_admin) ? -EINVAL_ : -EPERM_;  // no memory is made bad here
  if (!known(advice) || start % kPage != 0) return -EINVAL_;
  const std::uint64_t rounded = page_up(length);
  if ((length != 0 && rounded == 0) || start > kTaskSize || rounded > kTaskSize - start) return -EINVAL_;
  if (rounded == 0) return 0;
  Mm& mm = of(*t.process);
  const Address end = start + rounded;
  FlagChange change;
  if (flag_of(advice, change)) {
    const WriteGuard guard(mm.lock, kernel_, t);
    int changes = 0;
    if (change.set != 0 || change.clear != 0) {
      mm.vmas.change(start, end, changes,
                     [&](Vma& area) { area.flags = (area.flags & ~change.clear) | change.set; });
    }
    charge_changes(t, changes);
    return mm.vmas.covered(start, end) ? 0 : -ENOMEM_;
  }
  const ReadGuard guard(mm.lock, kernel_, t);
  if (advice == advice::remove || advice == advice::dontneed) {
    Vma* area = mm.vmas.find(start);
    while (area && area->start < end) {
      const Address from = std::max(start, area->start), to = std::min(end, area->end), next = area->end;
      if (advice == advice::remove) {
        if (const std::int64_t error = remove_pages(t, mm, *area, from, to)) return error;
      } else {
        if (area->is(vm::locked)) return -EINVAL_;
        discard(t, mm, *area, from, to);
      }
      area = mm.vmas.find(next);
    }
  }
  return mm.vmas.covered(start, end) ? 0 : -ENOMEM_;
}

}  // namespace isosim::kernel
