// madvise (mm/madvise.c).
#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

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

bool known(std::uint64_t advice) {
  return advice <= advice::dontneed || (advice >= advice::free && advice <= advice::dodump);
}

}  // namespace

void MemoryManager::discard(Thread& t, Mm& mm, Vma& /*area*/, Address start, Address end) {
  zap(t, mm, start, end, true);
}

std::int64_t MemoryManager::sys_madvise(Thread& t, Address start, std::uint64_t length,
                                        std::uint64_t advice) {
  t.charge(paths_.madvise);
  if (!known(advice) || start % kPage != 0) return -EINVAL_;
  const std::uint64_t rounded = page_up(length);
  if ((length != 0 && rounded == 0) || start > kTaskSize || rounded > kTaskSize - start) return -EINVAL_;
  if (rounded == 0) return 0;
  Mm& mm = of(*t.process);
  const Address end = start + rounded;
  FlagChange change;
  if (flag_of(advice, change)) {
    int changes = 0;
    if (change.set != 0 || change.clear != 0) {
      mm.vmas.change(start, end, changes,
                     [&](Vma& area) { area.flags = (area.flags & ~change.clear) | change.set; });
    }
    charge_changes(t, changes);
  } else if (advice == advice::dontneed || advice == advice::free) {
    for (Vma* area = mm.vmas.find(start); area && area->start < end; area = mm.vmas.find(area->end)) {
      if (area->is(vm::locked) || (advice == advice::free && area->file)) return -EINVAL_;
      discard(t, mm, *area, std::max(start, area->start), std::min(end, area->end));
    }
  }
  return mm.vmas.covered(start, end) ? 0 : -ENOMEM_;
}

}  // namespace isosim::kernel
