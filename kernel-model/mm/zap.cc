// Taking pages out of page tables (zap_pte_range, tlb flush, free_pgtables).
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

void MemoryManager::zap(Thread& t, Mm& mm, Address start, Address end, bool flush) {
  mm.forget_accessible();
  mm.notify(t, start, end);
  split_huge_borders(t, mm, start, end);
  std::uint64_t freed = 0, shared = 0, huge = 0;
  mm.pages.each(start, end, [&](Address, Pte& pte, PageRegion& region) {
    if (&pte == &region.huge) {
      frames_.release_huge(pte.frame());
      mm.rss_anon -= Frames::kPagesPerHuge;
      ++huge;
    } else {
      --region.present;
      if (pte.file()) {
        ++shared;
        --mm.rss_file;
      } else if (pte.frame() != Frames::kZeroPage) {
        ++(frames_.release(pte.frame()) ? freed : shared);
        --mm.rss_anon;
      }
    }
    pte.bits = 0;
  });
  if (freed != 0) t.charge(paths_.zap_anon, freed);
  if (shared != 0) t.charge(paths_.zap_shared, shared);
  if (huge != 0) t.charge(paths_.zap_huge, huge);
  if (flush) flush_tlb(t, freed + shared + huge);
}

// native_flush_tlb_others(): one INVLPG a page up to tlb_single_page_flush_ceiling (33), else everything;
// other processors that run this address space are interrupted and waited for.
void MemoryManager::flush_tlb(Thread& t, std::uint64_t pages) {
  if (pages == 0) return;
  constexpr std::uint64_t kCeiling = 33;
  if (pages <= kCeiling) {
    t.charge(paths_.flush_page, pages);
  } else {
    t.charge(paths_.flush_all);
  }
  bool waits = false;
  for (const Thread* other : t.process->threads) {
    if (other == &t || other->state != RunState::running || other->cpu == t.cpu) continue;
    kernel_.cpu.send_ipi(*t.task);
    waits = true;
  }
  if (waits) t.task->spend(paths_.flush_all, kernel_.cpu.ipi_latency());
}

// split_huge_page(): the same memory in 512 entries. Of a page that another address space shares, this side
// gets a copy (do_huge_pmd_wp_page_fallback() of 4.4).
void MemoryManager::split_huge(Thread& t, Mm& mm, Address page) {
  PageRegion* region = mm.pages.find(page);
  if (!region || !region->huge.present()) return;
  const Pte huge = region->huge;
  const std::uint32_t first = huge.frame();
  const bool own = frames_.mapped(first) == 1;
  if (own) {
    frames_.split_huge(first);
  } else {
    kernel_.cpu.copy(*t.task, frame_object_, std::uint64_t{first} * kPage, kHugePage);
    if (region->huge.bits != huge.bits) return;  // another thread was faster
    frames_.release_huge(first);
  }
  region->huge.bits = 0;
  region->table = std::make_unique<std::array<Pte, 512>>();
  for (std::uint32_t i = 0; i < Frames::kPagesPerHuge; ++i) {
    const std::uint32_t frame = own ? first + i : frames_.allocate();
    if (frame == 0) {
      --mm.rss_anon;
      continue;
    }
    (*region->table)[i].bits = (huge.bits & ~Pte::kFrame) | Pte::kWritable | frame;
    ++region->present;
  }
  mm.forget_accessible();
}

void MemoryManager::split_huge_borders(Thread& t, Mm& mm, Address start, Address end) {
  if (start % kHugePage != 0) split_huge(t, mm, start);
  if (end % kHugePage != 0) split_huge(t, mm, end);
}

}  // namespace isosim::kernel
