// Page faults (mm/memory.c, arch/x86/mm/fault.c): who may touch what, and anonymous memory.
#include <algorithm>

#include "kernel-model/fs/inode.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/cgroup.h"

namespace isosim::kernel {

std::int64_t MemoryManager::access(Thread& t, Address address, std::uint64_t length, bool write,
                                   bool from_user, Address& reached) {
  if (length == 0) return 0;
  if (address >= kTaskSize || length > kTaskSize - address) {
    t.charge(paths_.bad_fault);
    return -EFAULT_;
  }
  Mm& mm = of(*t.process);
  const Address start = page_down(address), end = page_up(address + length);
  if (mm.known_accessible(start, end, write)) return 0;
  for (Address page = start; page < end; page += kPage) {
    const PageRegion* region = mm.pages.find(page);
    if (region && region->huge.allows(write)) {
      page = page / kHugePage * kHugePage + kHugePage - kPage;
      continue;
    }
    if (region && region->table && (*region->table)[page % kHugePage / kPage].allows(write)) continue;
    const std::int64_t result = fault(t, mm, page, write, from_user);
    if (result < 0) return reached = std::max(address, page), result;
  }
  mm.remember_accessible(start, end, write);
  return 0;
}

std::int64_t MemoryManager::fault(Thread& t, Mm& mm, Address page, bool write, bool from_user) {
  const sim::Frame frame(*t.task, "page_fault");
  ++faults_;
  kernel_.cpu.exception_enter(*t.task, from_user);
  t.charge(paths_.fault);
  const std::int64_t result = [&] {
    const ReadGuard guard(mm.lock, kernel_, t);
    return fault_in(t, mm, page, write);
  }();
  if (result < 0) t.charge(paths_.bad_fault);
  kernel_.cpu.exception_exit(*t.task, from_user);
  return result;
}

// With mm.lock held. access_error(): x86 cannot map what may be written or executed but not read.
std::int64_t MemoryManager::fault_in(Thread& t, Mm& mm, Address page, bool write) {
  Vma* area = area_for_fault(t, mm, page);
  if (!area || !area->is(write ? vm::write : vm::rights)) return -EFAULT_;
  return handle_mm_fault(t, mm, *area, page, write);
}

MemoryManager::Pinned MemoryManager::pin(Thread& t, Address page, bool write) {
  return pin(t, of(*t.process), page, write);
}

MemoryManager::Pinned MemoryManager::pin(Thread& t, Mm& mm, Address page, bool write) {
  Pinned pinned;
  if (page >= kTaskSize) return pinned.result = -EFAULT_, pinned;
  page = page_down(page);
  const auto look = [&] {
    const PageRegion* region = mm.pages.find(page);
    const Pte* pte = region && region->huge.present() ? &region->huge : mm.pages.entry(page);
    if (!pte || !pte->allows(write)) return false;
    pinned.writable = pte->writable();
    pinned.huge = pte == &region->huge;
    return true;
  };
  if (look()) return pinned;
  const ReadGuard guard(mm.lock, kernel_, t);
  pinned.result = fault_in(t, mm, page, write);
  if (pinned.result == 0) ++faults_, look();
  return pinned;
}

bool MemoryManager::mapped_writable(Process& process, Address page) {
  PageTable& pages = of(process).pages;
  const PageRegion* region = pages.find(page);
  if (!region) return false;
  if (region->huge.present()) return region->huge.allows(true);
  const Pte* pte = pages.entry(page);
  return pte && pte->allows(true);
}

Vma* MemoryManager::area_for_fault(Thread& t, Mm& mm, Address page) {
  Vma* area = mm.vmas.find(page);
  if (!area || area->start <= page) return area;
  if (!area->is(vm::growsdown)) return nullptr;
  // expand_stack(): up to RLIMIT_STACK, and not into the guard gap of what lies below.
  if (area->end - page > t.process->limits[rlimit_index::stack].current) return nullptr;
  const Address guard = page < kStackGuard ? 0 : page - kStackGuard;
  if (!mm.vmas.free(guard, area->start)) return nullptr;
  t.charge(paths_.stack_growth);
  area = mm.vmas.find(page);
  if (area->start > page) mm.vmas.extend_down(*area, page);
  return area;
}

std::int64_t MemoryManager::handle_mm_fault(Thread& t, Mm& mm, Vma& area, Address page, bool write) {
  if (PageRegion* region = mm.pages.find(page); region && region->huge.present()) {
    if (region->huge.allows(write)) return 0;
    split_huge(t, mm, page);  // a write to a huge page shared after fork: do_huge_pmd_wp_page_fallback()
  }
  if (Pte* pte = mm.pages.entry(page); pte && pte->present()) {
    if (pte->allows(write)) return 0;
    return write_protected_page(t, mm, area, page, *pte);
  }
  return area.file ? file_page(t, mm, area, page, write) : anonymous_page(t, mm, area, page, write);
}

Pte& MemoryManager::entry_for(Thread& t, Mm& mm, Address page) {
  PageRegion* region = nullptr;
  int tables = 0;
  Pte& pte = mm.pages.make_entry(page, region, tables);
  if (tables != 0) {
    t.charge(paths_.page_table, 1);
    kernel_.cpu.zero(*t.task, kPage);
  }
  if (!pte.present()) ++region->present;
  return pte;
}

// A page for an area's private use, not yet filled. 0: memory is exhausted.
std::uint32_t MemoryManager::fresh_page(Thread& t, Mm& mm, Vma& area) {
  area.has_anon = true;
  while (!try_charge(t, 1))
    if (!out_of_memory(t)) return 0;
  const auto& group = t.process->cgroup;
  const bool counted = group && group->parent;
  const std::uint32_t frame = frames_.allocate();
  if (frame == 0) {
    if (counted) group->uncharge_memory(1);
    return 0;
  }
  if (counted) frames_.charge_to(frame, group, 1);
  ++mm.rss_anon;
  return frame;
}

std::int64_t MemoryManager::anonymous_page(Thread& t, Mm& mm, Vma& area, Address page, bool write) {
  if (huge_page(t, mm, area, page)) return 0;
  if (!write) {
    entry_for(t, mm, page).bits = Pte::kPresent | Frames::kZeroPage;
    t.charge(paths_.fault_anon_read);
    return 0;
  }
  const std::uint32_t frame = fresh_page(t, mm, area);
  if (frame == 0) return -ENOMEM_;
  t.charge(paths_.fault_anon_write);
  kernel_.cpu.zero(*t.task, frame_object_, std::uint64_t{frame} * kPage, kPage);
  set_private(mm, entry_for(t, mm, page), 0, frame);
  return 0;
}

// The entry shows a page from fresh_page(), if it is as it was found: another thread may have been faster
// (pte_same(), pte_none()). False: the page is given back.
bool MemoryManager::set_private(Mm& mm, Pte& pte, std::uint32_t found, std::uint32_t frame) {
  if (pte.bits == found) {
    pte.bits = Pte::kPresent | Pte::kWritable | frame;
    return true;
  }
  frames_.release(frame);
  --mm.rss_anon;
  return false;
}

// do_huge_pmd_anonymous_page(): only where the whole aligned 2 MB lie in the area and none of it is mapped
// yet.
bool MemoryManager::huge_page(Thread& t, Mm& mm, Vma& area, Address page) {
  const Address base = page / kHugePage * kHugePage;
  if (thp_ == Thp::never || area.is(vm::nohugepage) || (thp_ == Thp::madvise && !area.is(vm::hugepage)))
    return false;
  if (base < area.start || base + kHugePage > area.end || area.is(vm::growsdown)) return false;
  PageRegion* region = mm.pages.find(page);
  if (region && region->table) return false;
  if (!try_charge(t, Frames::kPagesPerHuge)) return false;
  const std::uint32_t frame = frames_.allocate_huge();
  const auto& group = t.process->cgroup;
  const bool counted = group && group->parent;
  if (frame == 0) {
    if (counted) group->uncharge_memory(Frames::kPagesPerHuge);
    return false;
  }
  if (counted) frames_.charge_to(frame, group, Frames::kPagesPerHuge);
  area.has_anon = true;
  t.charge(paths_.fault_huge);
  kernel_.cpu.zero(*t.task, frame_object_, std::uint64_t{frame} * kPage, kHugePage);
  PageRegion& entry = mm.pages.make(page);
  if (entry.table || entry.huge.present()) {  // another thread was faster
    frames_.release_huge(frame);
    return entry.huge.present();
  }
  entry.huge.bits = Pte::kPresent | Pte::kWritable | frame;
  mm.rss_anon += Frames::kPagesPerHuge;
  return true;
}

// do_wp_page(): a write where the entry only allows reading.
std::int64_t MemoryManager::write_protected_page(Thread& t, Mm& mm, Vma& area, Address page, Pte& pte) {
  if (area.shared()) {
    make_writable(t, area, pte, area.file_page(page));
    return 0;
  }
  const Pte old = pte;
  const bool of_file = old.file(), anonymous = !of_file && old.frame() != Frames::kZeroPage;
  if (anonymous && frames_.mapped(old.frame()) == 1) {
    pte.bits |= Pte::kWritable;
    t.charge(paths_.fault_reuse);
    return 0;
  }
  const std::uint32_t frame = fresh_page(t, mm, area);
  if (frame == 0) return -ENOMEM_;
  t.charge(paths_.fault_cow);
  if (of_file) {
    kernel_.cpu.copy(*t.task, area.file->inode()->cache_object(), area.file_page(page) * kPage, kPage);
  } else if (anonymous) {
    kernel_.cpu.copy(*t.task, frame_object_, std::uint64_t{old.frame()} * kPage, kPage);
  } else {
    kernel_.cpu.zero(*t.task, frame_object_, std::uint64_t{frame} * kPage, kPage);
  }
  if (!set_private(mm, pte, old.bits, frame)) return 0;
  if (of_file) --mm.rss_file;
  if (anonymous) {
    frames_.release(old.frame());
    --mm.rss_anon;
  }
  mm.notify(t, page, page + kPage);
  t.charge(paths_.flush_page, 1);
  return 0;
}

}  // namespace isosim::kernel
