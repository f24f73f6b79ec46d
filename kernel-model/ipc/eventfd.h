// eventfd(2) (fs/eventfd.c): a counter that readers take and writers add to.
#pragma once

#include "kernel-model/fs/file.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class EventFile final : public File {
 public:
  EventFile(std::uint64_t initial, bool semaphore) : count_(initial), semaphore_(semaphore) {
    flags = open_flag::rdwr;
  }

  // 8, or -EINVAL for shorter buffers, -EAGAIN, -ERESTARTSYS.
  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override { return &queue_; }
  void release(Kernel& k, Thread& t) override;
  void status(FileStatus& out) const override;
  std::string fdinfo() const override;
  std::string describe() const override { return "anon_inode:[eventfd]"; }

  // eventfd_signal(): adds from inside a kernel (KVM's irqfd, io completion); `waker` null in interrupt
  // context.
  void signal(Kernel& k, Thread* waker, std::uint64_t value = 1);
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_;
  bool semaphore_;
  WaitQueue queue_;
};

}  // namespace isosim::kernel
