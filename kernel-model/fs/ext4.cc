#include "kernel-model/fs/ext4.h"

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kJournalSector = 2048, kJournalBytes = 128ull << 20;  // mke2fs: 128 MB from 16 GB on

}  // namespace

Ext4::Ext4(Vfs& its_vfs, cpu::BlockDevice& disk)
    : SuperBlock(its_vfs, "ext4"),
      queue_(its_vfs.kernel, disk),
      journal_(its_vfs.kernel, queue_, kJournalSector,
               std::min(kJournalBytes, disk.sectors() * 512 / 16 / 4096 * 4096)),
      next_block_((kJournalSector * 512 + std::min(kJournalBytes, disk.sectors() * 512 / 16)) / 4096 + 1),
      read_submit_(its_vfs.kernel.path("ext4.read_submit")),
      write_pages_(its_vfs.kernel.path("ext4.write_pages")),
      allocate_extent_(its_vfs.kernel.path("ext4.allocate_extent")) {
  on_disk = true;
  capacity = (disk.sectors() * 512 - next_block_ * 4096) / 100 * 95;  // 5 % are root's
  max_file_size = 16ull << 40;
  root =
      vfs.dcache.make_root(*this, new_inode({.mode = file_mode::directory | 0755}, vfs.kernel.engine.now()));
  place_name(*root->inode, *root->inode, true);
}

// Blocks are given out in order and come back only to the count: placement on a solid-state disk has no cost.
std::uint64_t Ext4::allocate_blocks(std::uint64_t count) {
  const std::uint64_t blocks = queue_.device().sectors() / 8;
  if (next_block_ + count > blocks) next_block_ = (kJournalSector * 512 + kJournalBytes) / 4096 + 1;
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
