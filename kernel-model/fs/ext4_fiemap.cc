// FS_IOC_FIEMAP on ext4 (ext4_fiemap() and ext4_fill_fiemap_extents(), fs/ext4/extents.c, Linux 4.4).
#include <algorithm>

#include "kernel-model/fs/ext4.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

std::int64_t Ext4::map_extents(Thread& t, Inode& target, const ExtentsWanted& wanted, std::uint64_t& count) {
  auto& inode = static_cast<Ext4Inode&>(target);
  if (wanted.sync) {
    write_back(t, inode, 0, ~0ull);
    wait_writes(t, inode);
  }
  const std::uint64_t end = ((wanted.start + wanted.length - 1) >> kPageShift) + 1;
  count = 0;
  for (std::uint64_t page = wanted.start >> kPageShift; page < end;) {
    const ExtentMap::Run stored = inode.extents.at_or_after(page);
    const std::uint64_t until = stored.count ? stored.page : end;
    // What is written but has no blocks yet is an extent too: FIEMAP_EXTENT_DELALLOC.
    const auto delayed = inode.pages.next(PageCache::Tag::dirty, page, end - page);
    const bool is_delayed = delayed.count != 0 && delayed.first < until;
    if (!is_delayed && stored.count == 0) break;
    const std::uint64_t first = is_delayed ? delayed.first : stored.page;
    if (first >= end) break;
    page = is_delayed ? std::min(delayed.first + delayed.count, until) : stored.end();
    if (wanted.room != 0 && count == wanted.room) break;
    ++count;
  }
  t.charge(fiemap_, count);
  return 0;
}

}  // namespace isosim::kernel
