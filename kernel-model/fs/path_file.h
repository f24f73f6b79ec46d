// A descriptor opened with O_PATH: a place, without the right to read or write.
#pragma once

#include "kernel-model/fs/mount.h"
#include "kernel-model/fs/namei.h"

namespace isosim::kernel {

class PathFile final : public File {
 public:
  explicit PathFile(Path path) : path_(std::move(path)) {}
  std::int64_t read(Kernel&, Thread&, const Io&) override { return -EBADF_; }
  std::int64_t write(Kernel&, Thread&, const Io&) override { return -EBADF_; }
  std::int64_t sync(Kernel&, Thread&, bool) override { return -EBADF_; }
  std::int64_t ioctl(Kernel&, Thread&, std::uint64_t, std::uint64_t, Out&) override { return -EBADF_; }
  std::int64_t read_directory(Kernel&, Thread&, std::uint64_t) override { return -EBADF_; }
  std::int64_t seek(Kernel&, Thread&, std::int64_t, int) override { return -EBADF_; }
  void status(FileStatus& out) const override { path_.inode()->fill(out); }
  [[nodiscard]] Inode* inode() const override { return path_.inode(); }
  [[nodiscard]] const Path* path() const override { return &path_; }
  [[nodiscard]] std::string describe() const override { return path_name({}, path_); }

 private:
  Path path_;
};

}  // namespace isosim::kernel
