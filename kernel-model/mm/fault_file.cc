// Faults of file mappings (do_read_fault, do_cow_fault, do_shared_fault).
#include <algorithm>

#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {

// The page cache behind an area: an inode's, or that of shared memory without a name.
struct Backing {
  PageCache& pages;
  std::uint64_t object;
  std::uint64_t bytes;
  Inode* inode;  // null: no name
};

Backing backing(File& file) {
  if (Inode* inode = file.inode()) return {inode->pages, inode->cache_object(), inode->size, inode};
  auto& memory = static_cast<SharedMemory&>(file);
  return {memory.pages, memory.object, memory.bytes, nullptr};
}

// File systems on disks want to know of the first write to a page (page_mkwrite); tmpfs maps writable at
// once.
bool wants_write_notification(const Backing& back) { return back.inode && back.inode->sb.type != "tmpfs"; }

}  // namespace

// filemap_fault(), shmem_fault(): the page is in the cache afterwards, read from the file system if it was
// not. The lock of the address space is dropped meanwhile (lock_page_or_retry()).
std::int64_t MemoryManager::page_in(Thread& t, Mm& mm, const Ref<File>& file, std::uint64_t index) {
  Backing back = backing(*file);
  if (index >= page_up(back.bytes) / kPage) return -EFAULT_;  // beyond the end: SIGBUS
  if (back.pages.test(PageCache::Tag::present, index)) return 0;
  ++major_faults_;
  if (!back.inode) {
    while (!charge_cache(t, back.pages, 1))
      if (!out_of_memory(t)) return -ENOMEM_;
    kernel_.cpu.zero(*t.task, back.object, index * kPage, kPage);
    back.pages.set(PageCache::Tag::present, index, 1);
    return 0;
  }
  const std::uint64_t offset = index * kPage;
  mm.lock.unlock_read(kernel_, t);
  std::int64_t result = file->read(kernel_, t, {.buffer = 0, .length = kPage, .position = offset});
  if (result >= 0 && !back.pages.test(PageCache::Tag::present, index)) {
    // A hole of a file in memory: it takes a page now.
    constexpr int kKeepSize = 1;
    result = back.inode->sb.allocate(t, *back.inode, kKeepSize, offset, kPage);
  }
  mm.lock.lock_read(kernel_, t);
  return std::min<std::int64_t>(result, 0);
}

std::int64_t MemoryManager::file_page(Thread& t, Mm& mm, Vma& found, Address page, bool write) {
  const Ref<File> file = found.file;
  const std::uint64_t index = found.file_page(page);
  if (const std::int64_t error = page_in(t, mm, file, index); error < 0) return error;
  // Other threads may have changed the areas while it was read: VM_FAULT_RETRY.
  Vma* here = mm.vmas.at(page);
  if (!here || here->file != file || here->file_page(page) != index ||
      !here->is(write ? vm::write : vm::rights))
    return fault_in(t, mm, page, write);
  Vma& area = *here;
  const Backing back = backing(*area.file);
  if (!write) {
    fault_around(t, mm, area, page);
    return 0;
  }
  if (area.shared()) {
    t.charge(paths_.fault_shared_write, 1);
    Pte& pte = entry_for(t, mm, page);
    if (!pte.present()) ++mm.rss_file;
    pte.bits = Pte::kPresent | Pte::kFile;
    make_writable(t, area, pte, index);
    return 0;
  }
  const std::uint32_t frame = fresh_page(t, mm, area);
  if (frame == 0) return -ENOMEM_;
  t.charge(paths_.fault_cow_file, 1);
  kernel_.cpu.copy(*t.task, back.object, index * kPage, kPage);
  set_private(mm, entry_for(t, mm, page), 0, frame);
  return 0;
}

// do_fault_around(): maps what the cache holds of the aligned window around the fault, within area and table.
void MemoryManager::fault_around(Thread& t, Mm& mm, Vma& area, Address page) {
  const Backing back = backing(*area.file);
  const std::uint64_t window = fault_around_pages_ * kPage;
  const Address from = std::max(page / window * window, area.start);
  const Address to = std::min(page / window * window + window, area.end);
  const std::uint64_t file_pages = page_up(back.bytes) / kPage;
  std::uint32_t bits = Pte::kPresent | Pte::kFile;
  if (area.shared() && area.is(vm::write) && !wants_write_notification(back)) bits |= Pte::kWritable;
  std::uint64_t mapped = 0;
  for (Address at = from; at < to; at += kPage) {
    const std::uint64_t index = area.file_page(at);
    if (index >= file_pages || !back.pages.test(PageCache::Tag::present, index)) continue;
    Pte& pte = entry_for(t, mm, at);
    if (pte.present()) continue;
    pte.bits = bits;
    ++mapped;
  }
  mm.rss_file += mapped;
  t.charge(paths_.fault_around, mapped);
}

// do_page_mkwrite(): the file system reserves space, the page is dirty from now on.
void MemoryManager::make_writable(Thread& t, Vma& area, Pte& pte, std::uint64_t index) {
  const Backing back = backing(*area.file);
  if (wants_write_notification(back)) t.charge(paths_.page_mkwrite, 1);
  pte.bits |= Pte::kWritable | Pte::kDirty;
  if (back.inode) back.inode->sb.dirty_pages(*back.inode, index, 1);
}

}  // namespace isosim::kernel
