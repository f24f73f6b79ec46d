// An open message queue (mqueue_file_operations of ipc/mqueue.c).
#pragma once

#include "kernel-model/fs/placed_file.h"
#include "kernel-model/ipc/mqueue.h"

namespace isosim::kernel {

class MqueueFile final : public PlacedFile {
 public:
  explicit MqueueFile(const Path& path) : PlacedFile(path) { ++path.inode()->opens; }

  [[nodiscard]] MqueueInode& queue() const { return static_cast<MqueueInode&>(*path_.inode()); }

  // A line on the queue's state.
  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t seek(Kernel& k, Thread& t, std::int64_t offset, int whence) override;
  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override { return &queue().pollers; }
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] bool maps_pages() const override { return false; }
  void flush(Kernel&, Thread& t) override { queue().remove_notification(t); }
  void release(Kernel& k, Thread& t) override;
};

}  // namespace isosim::kernel
