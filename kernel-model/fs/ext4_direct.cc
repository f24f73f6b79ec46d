// O_DIRECT on ext4 (fs/direct-io.c, ext4_direct_IO(), Linux 4.4): the device moves the bytes to and from the
// program's own pages.
#include "kernel-model/fs/async_transfer.h"
#include "kernel-model/fs/ext4.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kLogicalBlock = cpu::BlockDevice::sector_bytes;  // bdev_logical_block_size()

bool aligned(const Io& io) {
  std::uint64_t bits = io.position | io.length | (io.buffer == 1 ? 0 : io.buffer);
  for (const IoVec& segment : io.segments) bits |= segment.base | segment.length;
  return bits % kLogicalBlock == 0;
}

std::uint64_t page_of(std::uint64_t position) { return position >> kPageShift; }
std::uint64_t page_after(std::uint64_t end) { return (end + kPageSize - 1) >> kPageShift; }

struct DirectIo : Counted<DirectIo> {  // struct dio
  Ref<AsyncTransfer> async;            // null: its caller waits
  Ref<Inode> inode;
  std::int64_t result = 0;
  int in_flight = 1;  // one for the submitter, as long as it submits more
};

}  // namespace

// do_blockdev_direct_IO(): all requests of [position, position + length) at once. The result, or
// -EIOCBQUEUED.
std::int64_t Ext4::transfer(Thread& t, Ext4Inode& inode, cpu::BlockOp op, const Io& io,
                            std::uint64_t length) {
  const bool reads = op == cpu::BlockOp::read;
  const std::uint64_t there =
      user_access(vfs.kernel, t, io, 0, length, reads) / kLogicalBlock * kLogicalBlock;
  if (there < std::min(length, kLogicalBlock)) return -EFAULT_;  // dio_get_page()
  length = std::min(length, there);
  const std::uint64_t first = page_of(io.position), end = page_after(io.position + length);
  t.charge(direct_, end - first);
  const Ref<DirectIo> dio(new DirectIo);
  dio->async = io.async;
  dio->inode = &inode;
  dio->result = static_cast<std::int64_t>(length);
  std::vector<Ref<BlockIo>> requests;
  for (std::uint64_t at = io.position, stop = io.position + length; at < stop;) {
    const auto run = inode.extents.at_or_after(page_of(at));
    const bool hole = run.count == 0 || run.page > page_of(at);
    const std::uint64_t limit = hole ? (run.count ? run.page << kPageShift : stop) : run.end() << kPageShift;
    const std::uint64_t part = std::min({stop, limit, at + BlockQueue::kMaxBytes}) - at;
    if (hole) {
      vfs.kernel.cpu.zero(*t.task, part);  // dio_zero_block()
    } else {
      const std::uint64_t sectors = (part + kLogicalBlock - 1) / kLogicalBlock;
      const std::uint64_t sector = run.block * 8 + (at - (run.page << kPageShift)) / kLogicalBlock;
      ++dio->in_flight;
      const sim::PathId end_path = direct_end_;
      const Ref<BlockIo> request =
          queue_.submit(t, op, sector, sectors * kLogicalBlock, [dio, end_path](Irq& irq) {
            if (--dio->in_flight != 0 || !dio->async) return;
            irq.charge(end_path);
            dio->async->complete(irq, dio->result);
          });
      if (!io.async) requests.push_back(request);
    }
    at += part;
  }
  if (--dio->in_flight != 0 && io.async) return -EIOCBQUEUED_;
  for (const Ref<BlockIo>& request : requests) queue_.wait(t, request);
  t.charge(direct_end_);
  return dio->result;
}

// generic_file_read_iter()
std::int64_t Ext4::direct_read(Thread& t, RegularFile& file, const Io& io) {
  auto& inode = static_cast<Ext4Inode&>(*file.inode());
  const std::uint64_t first = page_of(io.position), count = page_after(io.position + io.length) - first;
  if (inode.pages.count(PageCache::Tag::dirty, first, count) || !inode.writes.empty())
    write_range(t, inode, io.position, io.length, true);
  if (!aligned(io)) return -EINVAL_;
  if (io.position >= inode.size) return t.charge(cost.read, 0), 0;
  const std::uint64_t length = std::min(io.length, inode.size - io.position);
  update_atime(t, file);
  return transfer(t, inode, cpu::BlockOp::read, io, length);
}

// __generic_file_write_iter(), generic_file_direct_write(). Holes get storage before the transfer; that the
// extents count as unwritten until it is over is not told apart.
std::int64_t Ext4::direct_write(Thread& t, RegularFile& file, const Io& io) {
  auto& inode = static_cast<Ext4Inode&>(*file.inode());
  const std::uint64_t end = io.position + io.length;
  const std::uint64_t first = page_of(io.position), count = page_after(end) - first;
  update_mtime(&t, inode);
  if (inode.pages.count(PageCache::Tag::dirty, first, count) || !inode.writes.empty())
    write_range(t, inode, io.position, io.length, true);
  drop_pages(&t, inode, first, count);
  if (!aligned(io)) return -EINVAL_;
  const std::uint64_t before = inode.allocated;
  if (used + count * kPageSize > capacity) return -ENOSPC_;
  map_blocks(t, inode, first, first + count);
  const bool extends = end > inode.size;
  Io waited = io;
  if (extends) waited.async = nullptr;  // the size may only grow when the bytes are there
  const std::int64_t result = transfer(t, inode, cpu::BlockOp::write, waited, io.length);
  if (result > 0 && extends) inode.size = io.position + static_cast<std::uint64_t>(result);
  if (extends || inode.allocated != before) touch(inode, 1, true);
  drop_pages(&t, inode, first, count);
  return result;
}

}  // namespace isosim::kernel
