// A descriptor opened with O_PATH: a place, without the right to read or write.
#pragma once

#include "kernel-model/fs/placed_file.h"

namespace isosim::kernel {

class PathFile final : public PlacedFile {
 public:
  using PlacedFile::PlacedFile;
  std::int64_t read(Kernel&, Thread&, const Io&) override { return -EBADF_; }
  std::int64_t write(Kernel&, Thread&, const Io&) override { return -EBADF_; }
  std::int64_t sync(Kernel&, Thread&, bool) override { return -EBADF_; }
  std::int64_t ioctl(Kernel&, Thread&, std::uint64_t, std::uint64_t, Out&) override { return -EBADF_; }
  std::int64_t read_directory(Kernel&, Thread&, std::uint64_t) override { return -EBADF_; }
  std::int64_t seek(Kernel&, Thread&, std::int64_t, int) override { return -EBADF_; }
};

}  // namespace isosim::kernel
