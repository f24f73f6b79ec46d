// A descriptor's file, held for the time of a call (fdget): another thread may close the descriptor
// meanwhile.
#pragma once

#include "kernel-model/fs/fd_table.h"
#include "kernel-model/ipc/tear_down.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

class HeldFile {
 public:
  HeldFile(Thread& t, std::int32_t fd) : HeldFile(t, t.process->files->get(fd)) {}
  HeldFile(Thread& t, File* file) : t_(t), file_(file) {}
  ~HeldFile() {
    if (file_ && file_->use_count() == 1 && !tear_down_.now()) put_file(t_.kernel, t_, std::move(file_));
  }
  HeldFile(const HeldFile&) = delete;
  HeldFile& operator=(const HeldFile&) = delete;

  explicit operator bool() const { return file_ != nullptr; }
  File& operator*() const { return *file_; }
  File* operator->() const { return file_.get(); }
  [[nodiscard]] File* get() const { return file_.get(); }

 private:
  Thread& t_;
  Ref<File> file_;
  TearDown tear_down_;
};

}  // namespace isosim::kernel
