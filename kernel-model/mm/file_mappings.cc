// From a file to the places where it is mapped (mm/rmap.c, i_mmap). Truncation and write-back are rare beside
// faults, so the areas of all address spaces are looked through instead of being kept by file.
#include <algorithm>

#include "kernel-model/fs/inode.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

// visit(mm, area, from, to): the addresses that show the pages [first, first + count) of the file.
template <class Visit>
void MemoryManager::each_mapping(const Inode& inode, std::uint64_t first, std::uint64_t count, Visit visit) {
  std::vector<const Mm*> seen;  // processes may share one
  for (const auto& [pid, process] : kernel_.processes) {
    const std::shared_ptr<Mm> mm = process->mm;
    if (!mm || std::find(seen.begin(), seen.end(), mm.get()) != seen.end()) continue;
    seen.push_back(mm.get());
    for (auto& [start, area] : mm->vmas.areas()) {
      if (!area.file || area.file->inode() != &inode) continue;
      const std::uint64_t pages = area.bytes() / kPage, offset = area.page_offset;
      const std::uint64_t from = std::max(first, offset);
      const std::uint64_t to = std::min(count > ~first ? ~std::uint64_t{0} : first + count, offset + pages);
      if (from < to)
        visit(*mm, area, area.start + (from - offset) * kPage, area.start + (to - offset) * kPage);
    }
  }
}

// Of the ranges that were found some time ago.
bool MemoryManager::in_use(const Mm* mm) const {
  return std::any_of(kernel_.processes.begin(), kernel_.processes.end(),
                     [mm](const auto& entry) { return entry.second->mm.get() == mm; });
}

void MemoryManager::unmap_file(Thread& t, const Inode& inode, std::uint64_t first, std::uint64_t count) {
  std::vector<Shown> ranges;  // taking pages out takes time, in which areas may change
  each_mapping(inode, first, count, [&](Mm& mm, const Vma& area, Address from, Address to) {
    // A hole does not take private copies away (even_cows 0 in shmem_fallocate); a truncation does.
    if (count != ~std::uint64_t{0} && !area.shared()) return;
    ranges.push_back({&mm, from, to});
  });
  for (const Shown& range : ranges) {
    if (!in_use(range.mm)) continue;
    const sim::Frame frame(*t.task, "zap_page_range_single");
    zap(t, *range.mm, range.from, range.to, true);
  }
}

// try_to_unmap() for the pages that were reclaimed.
std::uint64_t MemoryManager::unmap_missing(const PageCache& cache) {
  std::uint64_t unmapped = 0;
  each_mapping(*cache.host, 0, ~std::uint64_t{0}, [&](Mm& mm, const Vma& area, Address from, Address to) {
    mm.pages.each(from, to, [&](Address at, Pte& pte, PageRegion& region) {
      if (!pte.file() || cache.test(PageCache::Tag::present, area.file_page(at))) return;
      pte.bits = 0;
      --region.present;
      --mm.rss_file;
      ++unmapped;
    });
    mm.forget_accessible();
  });
  return unmapped;
}

void MemoryManager::clean_file(Thread& t, const Inode& inode, std::uint64_t first, std::uint64_t count) {
  std::uint64_t cleaned = 0;
  std::vector<Shown> ranges;
  each_mapping(inode, first, count, [&](Mm& mm, const Vma& area, Address from, Address to) {
    if (!area.shared() || !area.is(vm::write)) return;
    mm.pages.each(from, to, [&](Address, Pte& pte, PageRegion&) {
      if (!pte.dirty()) return;
      pte.bits &= ~(Pte::kDirty | Pte::kWritable);
      ++cleaned;
    });
    mm.forget_accessible();
    ranges.push_back({&mm, from, to});
  });
  for (const Shown& range : ranges)
    if (in_use(range.mm)) range.mm->notify(t, range.from, range.to);
  if (cleaned != 0) t.charge(paths_.flush_page, cleaned);
}

}  // namespace isosim::kernel
