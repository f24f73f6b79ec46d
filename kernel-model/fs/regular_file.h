// An open regular file. Reads and writes go to its inode's file system, which for overlayfs is not that of
// its path.
#pragma once

#include "kernel-model/fs/placed_file.h"

namespace isosim::kernel {

class RegularFile : public PlacedFile {
 public:
  RegularFile(Path path, Ref<Inode> inode) : PlacedFile(std::move(path)), inode_(std::move(inode)) {}

  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t seek(Kernel& k, Thread& t, std::int64_t offset, int whence) override;
  std::int64_t sync(Kernel& k, Thread& t, bool data_only) override;
  std::int64_t ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument, Out& out) override;
  std::int64_t device_ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument,
                            IoctlArgument* data, Out& out) override;
  void status(FileStatus& out) const override { path_.dentry->inode->fill(out), out.size = inode_->size; }
  [[nodiscard]] bool has_iter() const override { return true; }
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] Inode* inode() const override { return inode_.get(); }
  void release(Kernel& k, Thread& t) override;

  bool counts_as_writer = false;  // FMODE_WRITER: in i_writecount. memfd_create()'s own description is not

  // struct file_ra_state, in pages.
  struct ReadAhead {
    std::uint64_t start = 0, size = 0, async_size = 0;
    std::uint64_t previous = ~0ull;  // the last page read
    std::uint64_t maximum = 32;      // 128 KB (VM_MAX_READAHEAD)
  } read_ahead;

 protected:
  Ref<Inode> inode_;
};

}  // namespace isosim::kernel
