// The Sentry's own tmpfs (pkg/sentry/fs/tmpfs, fs/ramfs in release-20190304.1): names in its heap, data in
// pages of the memory file.
#pragma once

#include <vector>

#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/super_block.h"
#include "models/sentry/fs/file_ranges.h"
#include "models/sentry/services.h"

namespace isosim::models {

class SentryTmpfs;

class MemoryInode final : public kernel::Inode, public Mappable {
 public:
  MemoryInode(SentryTmpfs& fs, std::uint64_t inode_number, std::uint32_t inode_mode);
  FileRanges data;
  kernel::Address host_page(go::G& g, std::uint64_t index, bool write) override;
};

class SentryTmpfs final : public kernel::SuperBlock {
 public:
  SentryTmpfs(kernel::Vfs& vfs, Services& services, std::uint32_t root_mode = 0755);

  // pkg/sentry/syscalls/linux/sys_file.go, openAt(): the flag is not known, and a directory is not written.
  [[nodiscard]] std::int64_t tmpfile_error() const override { return -kernel::EISDIR_; }
  std::int64_t lookup(kernel::Thread* t, kernel::Dentry& dir, std::string_view name,
                      kernel::Ref<kernel::Inode>& out) override;
  std::int64_t create(kernel::Thread* t, kernel::Dentry& dir, std::string_view name,
                      const kernel::NewNode& node, kernel::Ref<kernel::Inode>& out) override;
  std::int64_t link(kernel::Thread* t, kernel::Dentry& old, kernel::Dentry& dir, std::string_view name,
                    kernel::Ref<kernel::Inode>& out) override;
  std::int64_t unlink(kernel::Thread* t, kernel::Dentry& dir, kernel::Dentry& victim) override;
  std::int64_t rename(kernel::Thread* t, kernel::Dentry& old_dir, kernel::Dentry& old,
                      kernel::Dentry& new_dir, kernel::Dentry& replaced, bool exchange) override;
  std::int64_t set_attributes(kernel::Thread* t, kernel::Dentry& dentry,
                              const kernel::AttributeChange& change) override;
  std::int64_t read_link(kernel::Thread* t, kernel::Dentry& dentry, std::string& out) override;
  const kernel::Directory& listing(kernel::Thread* t, kernel::Dentry& dir) override;
  std::int64_t statfs(kernel::Thread& t, kernel::Dentry& dentry, kernel::FileSystemStatus& out) override;
  std::int64_t read(kernel::Thread& t, kernel::RegularFile& file, const kernel::Io& io) override;
  std::int64_t write(kernel::Thread& t, kernel::RegularFile& file, const kernel::Io& io) override;
  std::int64_t truncate(kernel::Thread* t, kernel::Inode& inode, std::uint64_t size) override;
  void dirty_pages(kernel::Inode&, std::uint64_t, std::uint64_t) override {}  // there is nothing behind them
  std::int64_t map_extents(kernel::Thread&, kernel::Inode&, const kernel::ExtentsWanted&,
                           std::uint64_t&) override {
    return -kernel::ENOTTY_;  // FileNoIoctl
  }
  [[nodiscard]] std::uint64_t next_data(const kernel::Inode& inode, std::uint64_t page,
                                        bool data) const override;
  void evict(kernel::Thread* t, kernel::Inode& inode) override;

  // FileMem.Allocate for a hole.
  void fill(go::G& g, MemoryInode& inode, std::uint64_t first, std::uint64_t count);
  [[nodiscard]] Services& services() { return services_; }

 protected:
  kernel::Ref<kernel::Inode> make_inode(std::uint64_t number, std::uint32_t mode) override;

 private:
  void take_clock(kernel::Thread* t, int times);
  void free(kernel::Thread* t, MemoryInode& inode, std::uint64_t first);
  std::int64_t move(kernel::Thread& t, MemoryInode& inode, const kernel::Io& io, std::uint64_t length,
                    bool write);
  // Between the blocks of the program's buffer and those of the file, of which address 0 is a hole.
  std::uint64_t copy(kernel::Thread& t, const MemoryInode& inode, std::uint64_t position,
                     const std::vector<kernel::IoVec>& program, const std::vector<kernel::IoVec>& contents,
                     bool write);
  // The same for a transfer that stays in the Sentry (sendfile), whose other side is its heap.
  std::uint64_t copy_inside(kernel::Thread& t, const MemoryInode& inode, std::uint64_t position,
                            const std::vector<kernel::IoVec>& contents, bool write);
  void copy_piece(kernel::Thread& t, const MemoryInode& inode, std::uint64_t position,
                  kernel::Address program, kernel::Address file, std::uint64_t length, bool write);

  Services& services_;
  std::vector<kernel::IoVec> program_, contents_;  // of the transfer in hand
};

}  // namespace isosim::models
