// ext4 on a block device: page cache, readahead, delayed allocation, write-back, a journal for metadata.
#pragma once

#include "kernel-model/fs/block_queue.h"
#include "kernel-model/fs/ext4_inode.h"
#include "kernel-model/fs/journal.h"
#include "kernel-model/fs/regular_file.h"
#include "kernel-model/fs/super_block.h"

namespace isosim::kernel {

class Ext4 final : public SuperBlock {
 public:
  Ext4(Vfs& vfs, cpu::BlockDevice& device);

  // ext4_names.cc: the base's operations on directories, plus the blocks that they read and the journal's
  // share.
  std::int64_t lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) override;
  std::int64_t create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                      Ref<Inode>& out) override;
  std::int64_t link(Thread* t, Dentry& old, Dentry& dir, std::string_view name, Ref<Inode>& out) override;
  std::int64_t unlink(Thread* t, Dentry& dir, Dentry& victim) override;
  std::int64_t rename(Thread* t, Dentry& old_dir, Dentry& old, Dentry& new_dir, Dentry& replaced,
                      bool exchange) override;
  std::int64_t set_attributes(Thread* t, Dentry& dentry, const AttributeChange& change) override;
  const Directory& listing(Thread* t, Dentry& dir) override;
  void place_contents(Inode& inode, const InitialFile& file) override;
  void place_name(Inode& dir, Inode& inode, bool warm) override;

  // ext4_read.cc
  std::int64_t read(Thread& t, RegularFile& file, const Io& io) override;
  void advise(Thread& t, File& file, std::uint64_t offset, std::uint64_t length, int advice) override;
  // Brings [first, first + count) of the file into the page cache and waits for it (faults, execve).
  void read_pages(Thread& t, Ext4Inode& inode, RegularFile::ReadAhead* window, std::uint64_t first,
                  std::uint64_t count);

  // ext4_write.cc
  std::int64_t write(Thread& t, RegularFile& file, const Io& io) override;
  std::int64_t truncate(Thread* t, Inode& inode, std::uint64_t size) override;
  std::int64_t allocate(Thread& t, Inode& inode, int mode, std::uint64_t offset,
                        std::uint64_t length) override;
  void evict(Thread* t, Inode& inode) override;
  void dirty_pages(Inode& inode, std::uint64_t first, std::uint64_t count) override;
  [[nodiscard]] std::uint64_t next_data(const Inode& inode, std::uint64_t page, bool data) const override;

  // ext4_fiemap.cc
  std::int64_t map_extents(Thread& t, Inode& inode, const ExtentsWanted& wanted,
                           std::uint64_t& count) override;

  // ext4_direct.cc: O_DIRECT. With `io.async`, -EIOCBQUEUED if the transfer goes on after the call.
  std::int64_t direct_read(Thread& t, RegularFile& file, const Io& io);
  std::int64_t direct_write(Thread& t, RegularFile& file, const Io& io);

  // ext4_sync.cc
  std::int64_t sync_file(Thread& t, Inode& inode, bool data_only) override;
  std::int64_t sync_all(Thread& t) override;
  std::int64_t write_range(Thread& t, Inode& inode, std::uint64_t offset, std::uint64_t length,
                           bool wait) override;
  // ext4_writepages(): allocates and submits the dirty pages of a range; does not wait.
  void write_back(Thread& t, Ext4Inode& inode, std::uint64_t first, std::uint64_t count);

 protected:
  Ref<Inode> make_inode(std::uint64_t number, std::uint32_t mode) override {
    return new Ext4Inode(*this, number, mode);
  }
  void inode_dirtied(Inode& inode) override;

 private:
  void touch(Inode& inode, std::uint64_t blocks, bool data);
  std::uint64_t allocate_blocks(std::uint64_t count);
  void submit_read(Thread& t, Ext4Inode& inode, std::uint64_t first, std::uint64_t count);
  void wait_reads(Thread& t, Ext4Inode& inode, std::uint64_t first, std::uint64_t count);
  void wait_writes(Thread& t, Ext4Inode& inode);
  void drop_pages(Thread* t, Ext4Inode& inode, std::uint64_t first, std::uint64_t count);
  void read_metadata(Thread* t, PageCache& cache, std::uint64_t page);

  BlockQueue queue_;
  Journal journal_;
  PageCache inode_table_;  // blocks of 16 inodes that are in the buffer cache
  std::uint64_t next_block_;
  std::int64_t transfer(Thread& t, Ext4Inode& inode, cpu::BlockOp op, const Io& io, std::uint64_t length);
  void map_blocks(Thread& t, Ext4Inode& inode, std::uint64_t first, std::uint64_t end);

  sim::PathId read_submit_, write_pages_, allocate_extent_, fiemap_, direct_, direct_end_;
};

}  // namespace isosim::kernel
