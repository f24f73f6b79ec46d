// An open directory.
#pragma once

#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/mount.h"

namespace isosim::kernel {

class DirectoryFile : public File {
 public:
  explicit DirectoryFile(Path path) : path_(std::move(path)) { ++path_.inode()->opens; }

  std::int64_t read(Kernel&, Thread&, const Io&) override { return -EISDIR_; }
  std::int64_t seek(Kernel& k, Thread& t, std::int64_t offset, int whence) override;
  std::int64_t sync(Kernel& k, Thread& t, bool data_only) override;
  std::int64_t read_directory(Kernel& k, Thread& t, std::uint64_t length) override;
  void status(FileStatus& out) const override { path_.inode()->fill(out); }
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] Inode* inode() const override { return path_.inode(); }
  [[nodiscard]] const Path* path() const override { return &path_; }
  void release(Kernel& k, Thread& t) override;
  [[nodiscard]] std::string describe() const override;

  bool legacy_records = false;                // the last call was getdents and not getdents64
  std::vector<std::string>* names = nullptr;  // where read_directory() puts the names too, if anybody asks

 protected:
  Path path_;
};

}  // namespace isosim::kernel
