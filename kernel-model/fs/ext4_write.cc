#include "kernel-model/fs/ext4.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/fs/writeback.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {

constexpr auto kPresent = PageCache::Tag::present;
constexpr auto kDirty = PageCache::Tag::dirty;

}  // namespace

// generic_perform_write() over ext4_da_write_begin() and _end(): a page at a time. Blocks are found at
// write-back.
std::int64_t Ext4::write(Thread& t, RegularFile& file, const Io& io) {
  if (file.flags & open_flag::direct) return direct_write(t, file, io);
  auto& inode = static_cast<Ext4Inode&>(*file.inode());
  const std::uint64_t end = io.position + io.length;
  const std::uint64_t first = io.position >> kPageShift;
  const std::uint64_t count = ((end - 1) >> kPageShift) - first + 1;
  const std::uint64_t missing = count - inode.pages.count(kPresent, first, count);
  if (used + missing * kPageSize > capacity) return -ENOSPC_;
  update_mtime(&t, inode);
  if (missing) {
    // A page that the write does not fill is read first, if the file has it, or cleared around the new bytes.
    const auto edge = [&](std::uint64_t page, bool partial) {
      if (!partial || inode.pages.test(kPresent, page)) return;
      if (page << kPageShift < inode.size) {
        read_pages(t, inode, nullptr, page, 1);
      } else {
        vfs.kernel.cpu.zero(*t.task, kPageSize - std::min(io.length, kPageSize));
      }
    };
    edge(first, io.position % kPageSize != 0 || (count == 1 && end % kPageSize != 0 && end < inode.size));
    edge(first + count - 1, end % kPageSize != 0 && end < inode.size);
    const std::uint64_t added = count - inode.pages.count(kPresent, first, count);
    if (!vfs.kernel.memory->charge_cache(t, inode.pages, added)) return -ENOMEM_;
    inode.pages.set(kPresent, first, count);
    if (added) t.charge(cost.allocate, added);
  }
  if (!inode.reads.empty()) wait_reads(t, inode, first, count);
  t.charge(cost.write, count);
  copy_from_user(t, inode, io, io.length);
  const std::uint64_t dirtied = inode.pages.set(kDirty, first, count);
  if (dirtied) vfs.writeback->dirtied(inode, dirtied);
  if (end > inode.size) {
    inode.size = end;
    touch(inode, 1, true);  // i_disksize, with the inode
  }
  vfs.writeback->balance(t);
  return static_cast<std::int64_t>(io.length);
}

void Ext4::dirty_pages(Inode& inode, std::uint64_t first, std::uint64_t count) {
  if (const auto dirtied = inode.pages.set(kDirty, first, count)) {
    vfs.writeback->dirtied(static_cast<Ext4Inode&>(inode), dirtied);
  }
}

void Ext4::drop_pages(Thread* t, Ext4Inode& inode, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t end =
      std::min(first + std::min<std::uint64_t>(count, ~0ull - first), (inode.size >> kPageShift) + 2);
  std::uint64_t dropped = 0;
  for (std::uint64_t at = first; at < end;) {  // pages under write-back or dirty stay
    const auto run = inode.pages.next(kPresent, at, end - at);
    if (run.count == 0 || run.first >= end) break;
    const std::uint64_t stop = std::min(run.first + run.count, end);
    for (std::uint64_t page = run.first; page < stop; ++page) {
      if (!inode.pages.test(kDirty, page) && !inode.pages.test(PageCache::Tag::writeback, page)) {
        dropped += inode.pages.clear(kPresent, page, 1);
      }
    }
    at = stop;
  }
  if (dropped) charge(t, cost.evict, dropped);
}

std::int64_t Ext4::truncate(Thread* t, Inode& target, std::uint64_t size) {
  auto& inode = static_cast<Ext4Inode&>(target);
  const std::uint64_t from = (size + kPageSize - 1) >> kPageShift;
  charge(t, cost.truncate);
  if (size < inode.size) {
    const std::uint64_t clean = inode.pages.clear(kDirty, from, ~0ull - from);
    const std::uint64_t freed = inode.pages.clear(kPresent, from, ~0ull - from);
    if (clean) vfs.writeback->cleaned(clean);
    const std::uint64_t blocks = inode.extents.remove(from, ~0ull - from);
    inode.allocated -= std::min(inode.allocated, blocks * kPageSize);
    used -= std::min(used, blocks * kPageSize);
    if (freed) charge(t, cost.evict, freed);
  }
  const bool shrinks = size < inode.size;
  inode.size = size;
  if (t && shrinks) vfs.kernel.memory->unmap_file(*t, inode, from);
  inode.mtime = inode.ctime = now(t);
  if (t) touch(inode, 3, true);
  return 0;
}

// ext4_map_blocks() with EXT4_GET_BLOCKS_CREATE: the holes of [first, end) get storage.
void Ext4::map_blocks(Thread& t, Ext4Inode& inode, std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t at = first; at < end;) {
    const auto run = inode.extents.at_or_after(at);
    if (run.count && run.page == at) {
      at = run.end();
      continue;
    }
    const std::uint64_t stop = run.count ? std::min(run.page, end) : end;
    inode.extents.insert({at, stop - at, allocate_blocks(stop - at)});
    t.charge(allocate_extent_);
    inode.allocated += (stop - at) * kPageSize;
    used += (stop - at) * kPageSize;
    at = stop;
  }
}

std::int64_t Ext4::allocate(Thread& t, Inode& target, int mode, std::uint64_t offset, std::uint64_t length) {
  constexpr int kKeepSize = 1, kPunchHole = 2;
  if (mode & ~(kKeepSize | kPunchHole)) return -EOPNOTSUPP_;
  auto& inode = static_cast<Ext4Inode&>(target);
  t.charge(cost.fallocate);
  if (mode & kPunchHole) {
    const std::uint64_t first = (offset + kPageSize - 1) >> kPageShift, end = (offset + length) >> kPageShift;
    if (end > first) {
      vfs.kernel.memory->unmap_file(t, inode, first, end - first);
      if (const auto clean = inode.pages.clear(kDirty, first, end - first)) vfs.writeback->cleaned(clean);
      const std::uint64_t freed = inode.pages.clear(kPresent, first, end - first);
      const std::uint64_t blocks = inode.extents.remove(first, end - first);
      inode.allocated -= std::min(inode.allocated, blocks * kPageSize);
      used -= std::min(used, blocks * kPageSize);
      if (freed) t.charge(cost.evict, freed);
    }
    touch(inode, 3, true);
    return 0;
  }
  const std::uint64_t first = offset >> kPageShift, end = (offset + length + kPageSize - 1) >> kPageShift;
  if (used + (end - first) * kPageSize > capacity) return -ENOSPC_;
  map_blocks(t, inode, first, end);
  if (!(mode & kKeepSize)) inode.size = std::max(inode.size, offset + length);
  touch(inode, 3, true);
  return 0;
}

void Ext4::evict(Thread* t, Inode& target) {
  auto& inode = static_cast<Ext4Inode&>(target);
  if (const auto clean = inode.pages.total(kDirty)) vfs.writeback->cleaned(clean);
  inode.extents.remove(0, ~0ull);
  SuperBlock::evict(t, inode);
}

std::uint64_t Ext4::next_data(const Inode& target, std::uint64_t page, bool data) const {
  const auto& inode = static_cast<const Ext4Inode&>(target);
  const auto stored = [&](std::uint64_t at) {
    const auto run = inode.extents.at_or_after(at);
    return (run.count && run.page == at) || inode.pages.test(kDirty, at);
  };
  const std::uint64_t end = (inode.size + kPageSize - 1) >> kPageShift;
  while (page < end && stored(page) != data) ++page;
  return page < end || !data ? page : ~0ull;
}

}  // namespace isosim::kernel
