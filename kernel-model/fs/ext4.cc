#include "kernel-model/fs/ext4.h"

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kBlock = 4096,
                        kGroup = 128ull << 20;  // a block group: what one block's bitmap covers

std::uint64_t bytes(const cpu::BlockDevice& disk) { return disk.sectors() * cpu::BlockDevice::sector_bytes; }

// mke2fs: in the middle of the file system, 128 MB from 16 GB on.
std::uint64_t journal_bytes(const cpu::BlockDevice& disk) {
  return std::min(kGroup, bytes(disk) / 16 / kBlock * kBlock);
}
std::uint64_t journal_start(const cpu::BlockDevice& disk) { return bytes(disk) / 2 / kGroup * kGroup; }

}  // namespace

Ext4::Ext4(Vfs& its_vfs, cpu::BlockDevice& disk)
    : SuperBlock(its_vfs, "ext4"),
      queue_(its_vfs.kernel, disk),
      journal_(its_vfs.kernel, queue_, journal_start(disk) / cpu::BlockDevice::sector_bytes,
               journal_bytes(disk)),
      next_block_(kGroup / kBlock),
      read_submit_(its_vfs.kernel.path("ext4.read_submit")),
      write_pages_(its_vfs.kernel.path("ext4.write_pages")),
      allocate_extent_(its_vfs.kernel.path("ext4.allocate_extent")),
      fiemap_(its_vfs.kernel.path("ext4.fiemap")),
      direct_(its_vfs.kernel.path("ext4.direct")),
      direct_end_(its_vfs.kernel.path("ext4.direct_end")) {
  on_disk = true;
  capacity = (bytes(disk) - journal_bytes(disk) - kGroup) / 100 * 95;  // 5 % are root's
  max_file_size = 16ull << 40;
  root =
      vfs.dcache.make_root(*this, new_inode({.mode = file_mode::directory | 0755}, vfs.kernel.engine.now()));
  place_name(*root->inode, *root->inode, true);
}

// Blocks are given out in order, so that files made together lie together, and come back only to the count.
std::uint64_t Ext4::allocate_blocks(std::uint64_t count) {
  const cpu::BlockDevice& disk = queue_.device();
  const std::uint64_t journal = journal_start(disk) / kBlock;
  const std::uint64_t behind = journal + journal_bytes(disk) / kBlock;
  if (next_block_ < behind && next_block_ + count > journal) next_block_ = behind;
  if (next_block_ + count > bytes(disk) / kBlock) next_block_ = kGroup / kBlock;
  const std::uint64_t first = next_block_;
  next_block_ += count;
  return first;
}

void Ext4::touch(Inode& inode, std::uint64_t blocks, bool data) {
  auto& own = static_cast<Ext4Inode&>(inode);
  own.transaction = journal_.dirty(blocks);
  if (data) own.data_transaction = own.transaction;
}

void Ext4::inode_dirtied(Inode& inode) { touch(inode, 1, false); }

}  // namespace isosim::kernel
