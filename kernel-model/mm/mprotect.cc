// mprotect (mm/mprotect.c).
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

// change_protection(): writable entries of what may no longer be written lose that bit; the other direction
// is left to faults, as pages may be shared.
void MemoryManager::protect_pages(Thread& t, Mm& mm, const Vma& area, Address start, Address end) {
  mm.notify(t, start, end);
  split_huge_borders(t, mm, start, end);
  std::uint64_t changed = 0;
  const bool none = !area.is(vm::rights);
  mm.pages.each(start, end, [&](Address, Pte& pte, PageRegion&) {
    pte.bits &= ~Pte::kProtNone;
    if (none) pte.bits |= Pte::kProtNone;
    if (!area.is(vm::write)) pte.bits &= ~Pte::kWritable;
    ++changed;
  });
  if (changed == 0) return;
  t.charge(paths_.mprotect_page, changed);
  flush_tlb(t, changed);
}

std::int64_t MemoryManager::sys_mprotect(Thread& t, Address start, std::uint64_t length,
                                         std::uint64_t protection) {
  t.charge(paths_.mprotect);
  if (start % kPage != 0) return -EINVAL_;
  if ((protection & (prot::growsdown | prot::growsup)) == (prot::growsdown | prot::growsup)) return -EINVAL_;
  if (length == 0) return 0;
  length = page_up(length);
  if (length == 0 || start >= kTaskSize || length > kTaskSize - start) return -ENOMEM_;
  Mm& mm = of(*t.process);
  const WriteGuard guard(mm.lock, kernel_, t);
  Address end = start + length;
  const Vma* first = mm.vmas.find(start);
  if ((protection & prot::growsdown) && first && first->is(vm::growsdown) && first->start < end)
    start = first->start;
  if (!mm.vmas.covered(start, end)) return -ENOMEM_;
  const auto rights = static_cast<std::uint32_t>(protection & 7);
  for (const Vma* area = mm.vmas.at(start); area && area->start < end; area = mm.vmas.find(area->end)) {
    if (area->shared() && area->file && (rights & vm::write) && !area->file->writable()) return -EACCES_;
  }
  mm.forget_accessible();
  int changes = 0;
  mm.vmas.change(start, end, changes, [&](Vma& area) {
    if ((area.flags & vm::rights) == rights) return;
    count(mm, area, false);
    area.flags = (area.flags & ~vm::rights) | rights;
    count(mm, area, true);
    protect_pages(t, mm, area, area.start, area.end);
  });
  charge_changes(t, changes);
  return 0;
}

}  // namespace isosim::kernel
