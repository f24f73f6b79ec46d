// A file that was opened at a place in the tree.
#pragma once

#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/mount.h"
#include "kernel-model/fs/namei.h"

namespace isosim::kernel {

class PlacedFile : public File {
 public:
  explicit PlacedFile(Path path) : path_(std::move(path)) {}

  void status(FileStatus& out) const override { path_.inode()->fill(out); }
  [[nodiscard]] Inode* inode() const override { return path_.inode(); }
  [[nodiscard]] const Path* path() const override { return &path_; }
  [[nodiscard]] std::string describe() const override { return path_name({}, path_); }

 protected:
  Path path_;
};

}  // namespace isosim::kernel
