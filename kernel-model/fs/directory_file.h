// An open directory.
#pragma once

#include <string>
#include <vector>

#include "kernel-model/fs/placed_file.h"

namespace isosim::kernel {

class DirectoryFile : public PlacedFile {
 public:
  explicit DirectoryFile(Path path) : PlacedFile(std::move(path)) { ++path_.inode()->opens; }

  std::int64_t read(Kernel&, Thread&, const Io&) override { return -EISDIR_; }
  std::int64_t seek(Kernel& k, Thread& t, std::int64_t offset, int whence) override;
  std::int64_t sync(Kernel& k, Thread& t, bool data_only) override;
  std::int64_t read_directory(Kernel& k, Thread& t, std::uint64_t length) override;
  [[nodiscard]] bool seekable() const override { return true; }
  void release(Kernel& k, Thread& t) override;

  bool legacy_records = false;                // the last call was getdents and not getdents64
  std::vector<std::string>* names = nullptr;  // where read_directory() puts the names too, if anybody asks
};

}  // namespace isosim::kernel
