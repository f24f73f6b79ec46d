#include "kernel-model/fs/ext4.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/fs/writeback.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {

constexpr auto kDirty = PageCache::Tag::dirty;
constexpr auto kWriting = PageCache::Tag::writeback;

}  // namespace

void Ext4::write_back(Thread& t, Ext4Inode& inode, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t end = count > ~0ull - first ? ~0ull : first + count;
  const Ref<Ext4Inode> hold(&inode);
  while (true) {
    auto run = inode.pages.next(kDirty, first, BlockQueue::kMaxBytes / kPageSize);
    if (run.count == 0 || run.first >= end) return;
    run.count = std::min(run.count, end - run.first);
    auto mapped = inode.extents.at_or_after(run.first);
    if (mapped.count == 0 ||
        mapped.page > run.first) {  // mpage_map_and_submit_extent: delayed allocation ends here
      if (mapped.count) run.count = std::min(run.count, mapped.page - run.first);
      mapped = {run.first, run.count, allocate_blocks(run.count)};
      inode.extents.insert(mapped);
      inode.allocated += run.count * kPageSize;
      used += run.count * kPageSize;
      touch(inode, 3, true);
      t.charge(allocate_extent_);
    }
    run.count = std::min(run.count, mapped.count);
    inode.pages.clear(kDirty, run.first, run.count);
    inode.pages.set(kWriting, run.first, run.count);
    vfs.writeback->cleaned(run.count);
    first = run.first + run.count;
    t.charge(write_pages_, run.count);
    vfs.kernel.memory->clean_file(t, inode, run.first, run.count);
    const std::uint64_t page = run.first, pages = run.count;
    inode.writes.push_back({page, pages, nullptr});
    const auto io =
        queue_.submit(t, cpu::BlockOp::write, mapped.block * 8, pages * kPageSize, [hold, page, pages](Irq&) {
          hold->pages.clear(kWriting, page, pages);
          for (std::size_t i = 0; i < hold->writes.size(); ++i) {
            if (hold->writes[i].first == page && hold->writes[i].count == pages) {
              hold->writes.erase(hold->writes.begin() + static_cast<std::ptrdiff_t>(i));
              break;
            }
          }
        });
    for (auto& write : inode.writes) {
      if (write.first == page && !write.io) write.io = io;
    }
  }
}

void Ext4::wait_writes(Thread& t, Ext4Inode& inode) {
  while (!inode.writes.empty()) {
    const Ref<BlockIo> io = inode.writes.front().io;
    if (!io) return;  // its submitter has not come back from the block layer: it waits for itself
    queue_.wait(t, io);
  }
}

// ext4_sync_file(): data out, then the transaction that holds the inode; without one, a flush of the drive's
// cache.
std::int64_t Ext4::sync_file(Thread& t, Inode& target, bool data_only) {
  auto& inode = static_cast<Ext4Inode&>(target);
  t.charge(cost.fsync);
  const bool wrote = inode.is_regular() && (inode.pages.total(kDirty) || !inode.writes.empty());
  if (wrote) {
    write_back(t, inode, 0, ~0ull);
    wait_writes(t, inode);
  }
  const std::uint64_t transaction = data_only ? inode.data_transaction : inode.transaction;
  if (transaction > journal_.committed()) {
    journal_.wait_for(t, transaction);
  } else if (wrote) {
    queue_.wait(t, queue_.submit(t, cpu::BlockOp::flush, 0, 0));
  }
  return 0;
}

std::int64_t Ext4::sync_all(Thread& t) {
  const std::vector<Ref<Ext4Inode>> dirty(vfs.writeback->queue().begin(), vfs.writeback->queue().end());
  for (const auto& inode : dirty) {
    if (&inode->sb == this) write_back(t, *inode, 0, ~0ull);
  }
  for (const auto& inode : dirty) {
    if (&inode->sb == this) wait_writes(t, *inode);
  }
  if (journal_.pending()) journal_.wait_for(t, journal_.running());
  return 0;
}

std::int64_t Ext4::write_range(Thread& t, Inode& target, std::uint64_t offset, std::uint64_t length,
                               bool wait) {
  auto& inode = static_cast<Ext4Inode&>(target);
  const std::uint64_t first = offset >> kPageShift;
  const std::uint64_t end = length == 0 ? ~0ull : (offset + length + kPageSize - 1) >> kPageShift;
  write_back(t, inode, first, end - first);
  if (wait) wait_writes(t, inode);
  return 0;
}

}  // namespace isosim::kernel
