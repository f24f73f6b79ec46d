// tmpfs (mm/shmem.c): files live in the page cache and nowhere else.
#pragma once

#include "kernel-model/fs/super_block.h"

namespace isosim::kernel {

class Tmpfs final : public SuperBlock {
 public:
  Tmpfs(Vfs& vfs, std::uint32_t root_mode);

  std::int64_t read(Thread& t, RegularFile& file, const Io& io) override;
  std::int64_t write(Thread& t, RegularFile& file, const Io& io) override;
  std::int64_t truncate(Thread* t, Inode& inode, std::uint64_t size) override;
  std::int64_t allocate(Thread& t, Inode& inode, int mode, std::uint64_t offset,
                        std::uint64_t length) override;
  void place_contents(Inode& inode, const InitialFile& file) override;
  [[nodiscard]] bool has_xattr(std::string_view name) const override;

 private:
  std::int64_t add_pages(Thread* t, Inode& inode, std::uint64_t first, std::uint64_t count);
};

}  // namespace isosim::kernel
