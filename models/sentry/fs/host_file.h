// A file of the sandbox that is a descriptor of the host (pkg/sentry/fs/host): a pipe, a character device or
// a terminal that was donated to the Sentry, as its program's standard streams are.
#pragma once

#include "kernel-model/sched/wait_queue.h"
#include "models/sentry/notifier.h"
#include "models/sentry/services.h"

namespace isosim::models {

class HostFile final : public kernel::File {
 public:
  // ImportFile: of a copy of `donated`, a descriptor of the Sentry's process. `terminal`: with the ioctls of
  // one (TTYFileOperations). Null if the host knows no such descriptor.
  static kernel::Ref<HostFile> import(go::G& g, Services& services, kernel::Kernel& sentry,
                                      std::int32_t donated, bool terminal);

  std::int64_t read(kernel::Kernel& k, kernel::Thread& t, const kernel::Io& io) override;
  std::int64_t write(kernel::Kernel& k, kernel::Thread& t, const kernel::Io& io) override;
  std::int64_t seek(kernel::Kernel& k, kernel::Thread& t, std::int64_t offset, int whence) override;
  std::int64_t sync(kernel::Kernel& k, kernel::Thread& t, bool data_only) override;
  std::int64_t ioctl(kernel::Kernel& k, kernel::Thread& t, std::uint64_t request, std::uint64_t argument,
                     kernel::Out& out) override;
  void status(kernel::FileStatus& out) const override;
  std::uint32_t poll(kernel::Thread& t) override;
  kernel::WaitQueue* poll_queue() override { return &queue_; }
  void waiters_changed(kernel::Thread& t) override;
  kernel::File& beneath() override { return *host_file_; }
  // fs/proc/fds.go: opening a descriptor's name gives the descriptor's own file.
  bool reopens_as_itself() const override { return true; }
  void release(kernel::Kernel& k, kernel::Thread& t) override;
  [[nodiscard]] std::string describe() const override;

 private:
  HostFile(Services& services, std::int32_t fd, kernel::File& host_file, std::uint32_t mode,
           std::uint64_t inode, bool terminal);

  std::int64_t transfer(kernel::Kernel& k, kernel::Thread& t, const kernel::Io& io, bool write);
  std::int64_t attempt(kernel::Thread& t, const kernel::Io& io, bool write, std::uint64_t& done);

  Services& services_;
  const std::int32_t fd_;  // of the Sentry's process
  kernel::File* host_file_;
  const std::uint32_t mode_;
  const std::uint64_t inode_;
  const bool terminal_;
  std::int32_t foreground_ = 0;  // process group that the terminal is told to have
  kernel::WaitQueue queue_;
  sim::PathId read_, write_;
};

}  // namespace isosim::models
