// Descriptors that stand for a process.
#pragma once

#include <cstdint>

#include "kernel-model/fs/file.h"
#include "kernel-model/process/process.h"

namespace isosim::kernel {

class PidFile final : public File {
 public:
  PidFile(Kernel& k, std::int32_t pid) : kernel_(k), pid_(pid) {}
  [[nodiscard]] Process* process() const;  // null once it is reaped
  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override;
  [[nodiscard]] std::string describe() const override { return "anon_inode:[pidfd]"; }

 private:
  Kernel& kernel_;
  std::int32_t pid_;
  WaitQueue gone_;
};

std::int64_t install_pidfd(Kernel& k, Thread& t, Process& process);
// The process of a pidfd of the caller; null if it is none, or the process is gone.
Process* process_of_pidfd(const Thread& t, std::int32_t fd);

}  // namespace isosim::kernel
