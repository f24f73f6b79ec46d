// Copies and ends of address spaces (kernel/fork.c: dup_mmap, mm/mmap.c: exit_mmap).
#include <utility>

#include "kernel-model/fs/aio.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

std::shared_ptr<Mm> MemoryManager::fork(Thread& t, Mm& parent) {
  t.charge(paths_.fork);
  const WriteGuard guard(parent.lock, kernel_, t);
  auto child = std::make_shared<Mm>();
  child->no_huge_pages = parent.no_huge_pages;
  child->mmap_base = parent.mmap_base;
  child->start_brk = parent.start_brk;
  child->brk = parent.brk;
  child->start_stack = parent.start_stack;
  std::uint64_t areas = 0, pages = 0;
  int unused = 0;
  for (const auto& [start, area] : parent.vmas.areas()) {
    if (area.is(vm::dontcopy)) continue;
    Vma copy = area;
    copy.flags &= ~vm::locked;  // locks are not inherited
    count(*child, copy, true);
    child->vmas.insert(std::move(copy), unused);
    ++areas;
    pages += copy_pages(t, parent, *child, area);
  }
  t.charge(paths_.fork_vma, areas);
  t.charge(paths_.fork_page, pages);
  parent.forget_accessible();
  flush_tlb(t, pages);  // entries of the parent lost their write permission
  return child;
}

// copy_page_range(): leaves out what faults can bring back from a file. Private pages become read-only on
// both sides.
std::uint64_t MemoryManager::copy_pages(Thread& t, Mm& parent, Mm& child, const Vma& area) {
  if (!area.has_anon) return 0;
  std::uint64_t pages = 0;
  if (!area.shared()) parent.notify(t, area.start, area.end);
  parent.pages.each(area.start, area.end, [&](Address at, Pte& pte, PageRegion& region) {
    ++pages;
    if (!area.shared()) pte.bits &= ~Pte::kWritable;
    if (&pte == &region.huge) {
      frames_.share(pte.frame());
      child.pages.make(at).huge = pte;
      child.rss_anon += Frames::kPagesPerHuge;
      return;
    }
    entry_for(t, child, at) = pte;
    if (pte.file()) {
      ++child.rss_file;
    } else if (pte.frame() != Frames::kZeroPage) {
      frames_.share(pte.frame());
      ++child.rss_anon;
    }
  });
  return pages;
}

void MemoryManager::exit(Thread& t, Process& process) { put(t, std::exchange(process.mm, nullptr)); }

void MemoryManager::put(Thread& t, std::shared_ptr<Mm> mm) {
  if (mm && mm.use_count() == 1) tear_down(t, *mm);
}

// exit_mmap(): nobody runs in it any more, so the TLB need not be told.
void MemoryManager::tear_down(Thread& t, Mm& mm) {
  exit_aio(kernel_, t, mm);
  t.charge(paths_.exit);
  zap(t, mm, 0, kTaskSize, false);
  mm.pages.free_tables(0, kTaskSize);
  int unused = 0;
  std::vector<Vma> areas = mm.vmas.remove(0, kTaskSize, unused);
  t.charge(paths_.exit_vma, areas.size());
  for (Vma& area : areas)
    if (area.file) put_file(kernel_, t, std::move(area.file));
}

}  // namespace isosim::kernel
