// Dirty pages of disk file systems: how many, whose, when they go out (mm/page-writeback.c,
// fs/fs-writeback.c).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "kernel-model/fs/file.h"
#include "kernel-model/sched/wait_queue.h"
#include "sim/path.h"
#include "sim/time.h"

namespace isosim::kernel {

class Ext4Inode;

class Writeback {
 public:
  explicit Writeback(Kernel& kernel);
  ~Writeback();

  // `pages` of `inode` became dirty (account_page_dirtied); the inode is queued for the flusher.
  void dirtied(Ext4Inode& inode, std::uint64_t pages);
  // `pages` are clean: written, truncated or evicted.
  void cleaned(std::uint64_t pages);
  // balance_dirty_pages_ratelimited(): wakes the flusher over the background limit, makes `t` wait over the
  // limit.
  void balance(Thread& t);

  [[nodiscard]] std::uint64_t dirty_pages() const { return dirty_; }
  [[nodiscard]] std::uint64_t limit() const { return limit_; }
  // Which inodes are dirty, in the order in which they became so.
  [[nodiscard]] const std::deque<Ref<Ext4Inode>>& queue() const { return queue_; }

 private:
  struct Timer;
  void start_thread();
  void work(Thread& t);
  void flush_some(Thread& t);

  Kernel& kernel_;
  std::uint64_t dirty_ = 0;
  std::uint64_t background_, limit_;  // pages
  std::deque<Ref<Ext4Inode>> queue_;
  Thread* thread_ = nullptr;
  bool kicked_ = false;
  WaitQueue idle_, throttled_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace isosim::kernel
