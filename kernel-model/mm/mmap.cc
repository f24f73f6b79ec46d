// mmap and munmap (mm/mmap.c).
#include "kernel-model/fs/inode.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {

constexpr std::size_t kMaxMapCount = 65530;  // vm.max_map_count

std::uint32_t area_flags(std::uint64_t protection, std::uint64_t flags) {
  std::uint32_t result = static_cast<std::uint32_t>(protection & 7);
  const std::uint64_t type = flags & map_flag::type;
  if (type == map_flag::shared) result |= vm::shared;
  if (flags & map_flag::growsdown) result |= vm::growsdown;
  if (flags & map_flag::noreserve) result |= vm::noreserve;
  if (flags & map_flag::locked) result |= vm::locked;
  return result;
}

}  // namespace

// get_unmapped_area(): the hint if it is free, else the highest gap.
Address MemoryManager::place(Mm& mm, Address hint, std::uint64_t length) {
  hint = page_down(hint);
  if (hint >= kMmapMinimum && hint <= kTaskSize - length && mm.vmas.free(hint, hint + length)) {
    const Vma* next = mm.vmas.find(hint);
    if (!next || !next->is(vm::growsdown) || next->start - (hint + length) >= kStackGuard) return hint;
  }
  return mm.vmas.find_gap(length, mm.mmap_base);
}

std::int64_t MemoryManager::map(Thread& t, Mm& mm, MapRequest request) {
  const std::uint64_t length = page_up(request.length);
  bool fill = false;
  mm.lock.lock_write(kernel_, t);
  const std::int64_t start = map_locked(t, mm, std::move(request), fill);
  mm.lock.unlock_write(kernel_, t);
  if (start > 0 && fill) populate(t, mm, static_cast<Address>(start), static_cast<Address>(start) + length);
  return start;
}

// do_mmap(). `fill`: the caller is to bring the pages in once it has let the lock go.
std::int64_t MemoryManager::map_locked(Thread& t, Mm& mm, MapRequest request, bool& fill) {
  const std::uint64_t length = page_up(request.length);
  if (length == 0 || length > kTaskSize) return -ENOMEM_;
  if (mm.vmas.areas().size() > kMaxMapCount) return -ENOMEM_;
  Address start = 0;
  if (request.fixed) {
    if (request.address % kPage != 0) return -EINVAL_;
    if (request.address > kTaskSize - length) return -ENOMEM_;
    start = request.address;
    if (!request.replaces && !mm.vmas.free(start, start + length)) return -EINVAL_;
  } else {
    start = place(mm, request.address, length);
    if (start == 0) return -ENOMEM_;
  }
  if (mm.vmas.bytes() + length > t.process->limits[rlimit_index::as].current) return -ENOMEM_;
  if (request.fixed) {
    if (const std::int64_t result = unmap_locked(t, mm, start, length); result < 0) return result;
  }
  Vma area;
  area.start = start;
  area.end = start + length;
  area.flags = request.flags | (mm.lock_future ? vm::locked : 0) | (mm.no_huge_pages ? vm::nohugepage : 0);
  area.file = std::move(request.file);
  area.page_offset = area.file ? request.page_offset : start / kPage;
  if (!area.file && area.shared()) {
    area.file = make_shared_memory(length);
    area.page_offset = 0;
  }
  if (area.file) t.charge(paths_.mmap_file);
  count(mm, area, true);
  fill = request.populate || area.is(vm::locked);
  int changes = 0;
  mm.vmas.insert(std::move(area), changes);
  charge_changes(t, changes);
  mapped(t, mm, start, start + length);
  return static_cast<std::int64_t>(start);
}

std::int64_t MemoryManager::unmap(Thread& t, Mm& mm, Address start, std::uint64_t length) {
  const WriteGuard guard(mm.lock, kernel_, t);
  return unmap_locked(t, mm, start, length);
}

std::int64_t MemoryManager::unmap_locked(Thread& t, Mm& mm, Address start, std::uint64_t length) {
  length = page_up(length);
  if (start % kPage != 0 || start >= kTaskSize || length == 0 || length > kTaskSize - start) return -EINVAL_;
  const Address end = start + length;
  if (mm.vmas.free(start, end)) return 0;
  int changes = 0;
  std::vector<Vma> removed = mm.vmas.remove(start, end, changes);
  charge_changes(t, changes);
  zap(t, mm, start, end, true);
  mm.pages.free_tables(start, end);
  for (Vma& area : removed) {
    count(mm, area, false);
    if (area.file) put_file(kernel_, t, std::move(area.file));
  }
  return 0;
}

// __mm_populate(): as faults, but without their exceptions.
std::int64_t MemoryManager::populate(Thread& t, Mm& mm, Address start, Address end) {
  const ReadGuard guard(mm.lock, kernel_, t);
  for (Address page = start; page < end; page += kPage) {
    Vma* area = mm.vmas.at(page);
    if (!area || !area->is(vm::rights)) return -ENOMEM_;
    const bool write = area->is(vm::write) && !area->shared();
    const Pte* pte = mm.pages.entry(page);
    if (pte && pte->allows(write)) continue;
    t.charge(paths_.fault);
    if (const std::int64_t result = handle_mm_fault(t, mm, *area, page, write); result < 0) return result;
  }
  return 0;
}

std::int64_t MemoryManager::sys_mmap(Thread& t, Address address, std::uint64_t length,
                                     std::uint64_t protection, std::uint64_t flags, std::int32_t fd,
                                     std::uint64_t offset) {
  t.charge(paths_.mmap);
  if (length == 0 || offset % kPage != 0) return -EINVAL_;
  const std::uint64_t type = flags & map_flag::type;
  if (type != map_flag::shared && type != map_flag::shared_private) return -EINVAL_;
  MapRequest request;
  request.address = address;
  request.length = length;
  request.flags = area_flags(protection, flags);
  request.fixed = (flags & map_flag::fixed) != 0;
  request.populate = (flags & map_flag::populate) != 0;
  request.page_offset = offset / kPage;
  if (!(flags & map_flag::anonymous)) {
    File* file = t.process->files->get(fd);
    if (!file || (file->flags & open_flag::path)) return -EBADF_;
    if (!file->readable()) return -EACCES_;
    const bool writes_through = (request.flags & vm::shared) && (protection & prot::write);
    if (writes_through && !file->writable()) return -EACCES_;
    const Inode* inode = file->inode();
    constexpr std::uint64_t kDevZero = 0x105;  // major 1, minor 5
    if (inode && inode->is(file_mode::character) && inode->rdev == kDevZero) {
      // mmap_zero(): as if anonymous
    } else if (inode && inode->is_regular()) {
      if (!file->maps_pages()) return -ENODEV_;
      request.file = Ref<File>(file);
    } else if (!inode && dynamic_cast<SharedMemory*>(file)) {
      request.file = Ref<File>(file);
    } else if (Ref<File> memory = file->mapped_memory()) {
      request.file = std::move(memory);
    } else {
      return -ENODEV_;
    }
  } else if (flags & map_flag::hugetlb) {
    return -ENOMEM_;  // no pages are reserved: vm.nr_hugepages is 0
  }
  const bool own = (flags & map_flag::anonymous) && type == map_flag::shared_private;
  if ((flags & map_flag::growsdown) && !own) return -EINVAL_;
  return map(t, of(*t.process), std::move(request));
}

std::int64_t MemoryManager::sys_munmap(Thread& t, Address start, std::uint64_t length) {
  t.charge(paths_.munmap);
  return unmap(t, of(*t.process), start, length);
}

}  // namespace isosim::kernel
