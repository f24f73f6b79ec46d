// The descriptor table of a process (files_struct): the lowest free number is given out first.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel-model/fs/file.h"

namespace isosim::kernel {

class FdTable : public Counted<FdTable> {
 public:
  struct Slot {
    Ref<File> file;
    bool cloexec = false;
  };

  std::uint64_t limit = 1024;  // RLIMIT_NOFILE

  // Installs at the lowest free number >= `from`; -EMFILE at the limit.
  std::int64_t install(Ref<File> file, bool cloexec, std::int32_t from = 0);
  // Installs at `fd`; the caller has closed what was there. -EBADF out of range.
  std::int64_t install_at(std::int32_t fd, Ref<File> file, bool cloexec);
  [[nodiscard]] File* get(std::int32_t fd) const {
    return fd >= 0 && static_cast<std::size_t>(fd) < slots_.size()
               ? slots_[static_cast<std::size_t>(fd)].file.get()
               : nullptr;
  }
  [[nodiscard]] Slot* slot(std::int32_t fd);
  Ref<File> remove(std::int32_t fd);         // null if not open
  [[nodiscard]] Ref<FdTable> clone() const;  // fork: shares the files
  [[nodiscard]] std::int32_t size() const { return static_cast<std::int32_t>(slots_.size()); }
  [[nodiscard]] std::int32_t open_count() const { return open_; }

 private:
  std::vector<Slot> slots_;
  std::int32_t first_free_ = 0;  // no free slot below
  std::int32_t open_ = 0;
};

}  // namespace isosim::kernel
