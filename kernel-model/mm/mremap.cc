// mremap (mm/mremap.c).
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {
constexpr std::uint64_t kMayMove = 1, kFixed = 2;
}

// move_page_tables(): entries go over one by one.
void MemoryManager::move_pages(Thread& t, Mm& mm, Address from, Address to, std::uint64_t length) {
  mm.notify(t, from, from + length);
  split_huge_borders(t, mm, from, from + length);
  std::uint64_t moved = 0;
  std::vector<std::pair<Address, Pte>> entries;
  mm.pages.each(from, from + length, [&](Address at, Pte& pte, PageRegion& region) {
    if (&pte == &region.huge) {
      split_huge(t, mm, at);
      return;
    }
  });
  mm.pages.each(from, from + length, [&](Address at, Pte& pte, PageRegion& region) {
    entries.emplace_back(at, pte);
    pte.bits = 0;
    --region.present;
    ++moved;
  });
  for (const auto& [at, pte] : entries) entry_for(t, mm, at - from + to).bits = pte.bits;
  if (moved != 0) t.charge(paths_.move_page, moved);
  mm.pages.free_tables(from, from + length);
  mm.forget_accessible();
  flush_tlb(t, moved);
}

std::int64_t MemoryManager::sys_mremap(Thread& t, Address old, std::uint64_t old_length,
                                       std::uint64_t new_length, std::uint64_t flags, Address fixed) {
  t.charge(paths_.mremap);
  if ((flags & ~(kMayMove | kFixed)) || ((flags & kFixed) && !(flags & kMayMove)) || old % kPage != 0)
    return -EINVAL_;
  old_length = page_up(old_length);
  new_length = page_up(new_length);
  if (new_length == 0) return -EINVAL_;
  Mm& mm = of(*t.process);
  bool fill = false;
  mm.lock.lock_write(kernel_, t);
  const std::int64_t at = mremap_locked(t, mm, old, old_length, new_length, flags, fixed, fill);
  mm.lock.unlock_write(kernel_, t);
  if (fill) populate(t, mm, old + old_length, old + new_length);
  return at;
}

// `fill`: the area grew in place and is locked in memory.
std::int64_t MemoryManager::mremap_locked(Thread& t, Mm& mm, Address old, std::uint64_t old_length,
                                          std::uint64_t new_length, std::uint64_t flags, Address fixed,
                                          bool& fill) {
  if (flags & kFixed) {
    if (fixed % kPage != 0 || fixed > kTaskSize - new_length) return -EINVAL_;
    if (fixed < old + old_length && old < fixed + new_length) return -EINVAL_;
    if (const std::int64_t result = unmap_locked(t, mm, fixed, new_length); result < 0) return result;
  }
  if (old_length > new_length) {
    if (const std::int64_t result = unmap_locked(t, mm, old + new_length, old_length - new_length);
        result < 0)
      return result;
    old_length = new_length;
    if (!(flags & kFixed)) return static_cast<std::int64_t>(old);
  }
  Vma* area = mm.vmas.at(old);
  if (!area) return -EFAULT_;
  if (old_length > area->end - old) return -EFAULT_;
  if (old_length == new_length && !(flags & kFixed)) return static_cast<std::int64_t>(old);
  if (mm.vmas.bytes() + new_length - old_length > t.process->limits[rlimit_index::as].current)
    return -ENOMEM_;
  if (!(flags & kFixed) && area->end == old + old_length && mm.vmas.free(area->end, old + new_length) &&
      old + new_length <= kTaskSize) {
    count(mm, *area, false);
    mm.vmas.extend_up(*area, old + new_length);
    count(mm, *area, true);
    fill = area->is(vm::locked);
    charge_changes(t, 1);
    return static_cast<std::int64_t>(old);
  }
  if (!(flags & kMayMove)) return -ENOMEM_;
  const Address target = (flags & kFixed) ? fixed : mm.vmas.find_gap(new_length, mm.mmap_base);
  if (target == 0) return -ENOMEM_;
  Vma moved = *area;
  moved.page_offset += (old - moved.start) / kPage;
  if (!moved.file && !moved.has_anon) moved.page_offset = target / kPage;
  moved.start = target;
  moved.end = target + new_length;
  count(mm, moved, true);
  int changes = 0;
  mm.vmas.insert(std::move(moved), changes);
  charge_changes(t, changes);
  move_pages(t, mm, old, target, old_length);
  if (old_length != 0) unmap_locked(t, mm, old, old_length);
  return static_cast<std::int64_t>(target);
}

}  // namespace isosim::kernel
