#include "kernel-model/fs/tmpfs.h"

#include "kernel-model/fs/regular_file.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

Tmpfs::Tmpfs(Vfs& its_vfs, std::uint32_t root_mode) : SuperBlock(its_vfs, "tmpfs") {
  root = vfs.dcache.make_root(*this,
                              new_inode({.mode = file_mode::directory | root_mode}, vfs.kernel.engine.now()));
  capacity =
      static_cast<std::uint64_t>(vfs.kernel.cpu.spec().memory_bytes) / 2;  // size= default: half of memory
  if (capacity == 0) capacity = 1ull << 36;
}

// shmem_file_read_iter(): a page at a time, each found in the radix tree, copied and put; a hole reads as the
// zero page.
std::int64_t Tmpfs::read(Thread& t, RegularFile& file, const Io& io) {
  Inode& inode = *file.inode();
  if (io.position >= inode.size) return t.charge(cost.read, 0), 0;
  const std::uint64_t length = std::min(io.length, inode.size - io.position);
  const std::uint64_t first = io.position >> kPageShift;
  const std::uint64_t last = (io.position + length - 1) >> kPageShift;
  t.charge(cost.read, last - first + 1);
  const std::int64_t copied = copy_to_user(t, inode, io, length);
  update_atime(t, file);
  return copied;
}

// generic_perform_write() over shmem_write_begin() and _end(): a page at a time. A new page is not cleared if
// the write fills it.
std::int64_t Tmpfs::write(Thread& t, RegularFile& file, const Io& io) {
  Inode& inode = *file.inode();
  const std::uint64_t first = io.position >> kPageShift;
  const std::uint64_t last = (io.position + io.length - 1) >> kPageShift;
  update_mtime(&t, inode);
  t.charge(cost.write, last - first + 1);
  const std::uint64_t end = io.position + io.length;
  std::uint64_t partial = 0;  // bytes that a new first or last page has beside the written ones
  if (!inode.pages.test(PageCache::Tag::present, first)) partial += io.position % kPageSize;
  if (end % kPageSize != 0 && !inode.pages.test(PageCache::Tag::present, last))
    partial += kPageSize - end % kPageSize;
  if (const auto error = add_pages(&t, inode, first, last - first + 1)) return error;
  if (partial) vfs.kernel.cpu.zero(*t.task, partial);
  copy_from_user(t, inode, io, io.length);
  inode.size = std::max(inode.size, end);
  return static_cast<std::int64_t>(io.length);
}

std::int64_t Tmpfs::add_pages(Thread* t, Inode& inode, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t missing = count - inode.pages.count(PageCache::Tag::present, first, count);
  if (missing == 0) return 0;
  if (used + missing * kPageSize > capacity) return -ENOSPC_;
  if (t && !vfs.kernel.memory->charge_cache(*t, inode.pages, missing)) return -ENOMEM_;
  inode.pages.set(PageCache::Tag::present, first, count);
  inode.allocated += missing * kPageSize;
  used += missing * kPageSize;
  charge(t, cost.allocate, missing);
  return 0;
}

std::int64_t Tmpfs::truncate(Thread* t, Inode& inode, std::uint64_t size) {
  const std::uint64_t from = (size + kPageSize - 1) >> kPageShift;
  const std::uint64_t freed = size < inode.size || inode.allocated > 0
                                  ? inode.pages.clear(PageCache::Tag::present, from, ~0ull - from)
                                  : 0;
  inode.allocated -= freed * kPageSize;
  used -= freed * kPageSize;
  const bool shrinks = size < inode.size;
  inode.size = size;
  if (t && shrinks) vfs.kernel.memory->unmap_file(*t, inode, from);
  inode.mtime = inode.ctime = now(t);
  charge(t, cost.truncate);
  if (freed) charge(t, cost.evict, freed);
  return 0;
}

std::int64_t Tmpfs::allocate(Thread& t, Inode& inode, int mode, std::uint64_t offset, std::uint64_t length) {
  constexpr int kKeepSize = 1, kPunchHole = 2;
  if (mode & ~(kKeepSize | kPunchHole)) return -EOPNOTSUPP_;
  t.charge(cost.fallocate);
  if (mode & kPunchHole) {
    const std::uint64_t first = (offset + kPageSize - 1) >> kPageShift;
    const std::uint64_t end = (offset + length) >> kPageShift;
    if (end > first) vfs.kernel.memory->unmap_file(t, inode, first, end - first);
    const std::uint64_t freed =
        end > first ? inode.pages.clear(PageCache::Tag::present, first, end - first) : 0;
    inode.allocated -= freed * kPageSize;
    used -= freed * kPageSize;
    if (freed) t.charge(cost.evict, freed);
    return 0;
  }
  const std::uint64_t first = offset >> kPageShift;
  const std::uint64_t count = ((offset + length - 1) >> kPageShift) - first + 1;
  const std::uint64_t missing = count - inode.pages.count(PageCache::Tag::present, first, count);
  if (const auto error = add_pages(&t, inode, first, count)) return error;
  vfs.kernel.cpu.zero(*t.task, missing * kPageSize);
  if (!(mode & kKeepSize)) inode.size = std::max(inode.size, offset + length);
  return 0;
}

void Tmpfs::place_contents(Inode& inode, const InitialFile& file) {
  truncate(nullptr, inode, file.size);
  add_pages(nullptr, inode, 0, (file.size + kPageSize - 1) >> kPageShift);
}

// shmem_xattr_handlers: no user.* before Linux 6.6.
bool Tmpfs::has_xattr(std::string_view name) const {
  return name.starts_with("trusted.") || name.starts_with("security.") ||
         name.starts_with("system.posix_acl_");
}

}  // namespace isosim::kernel
