// jbd2: metadata changes of a file system gather in a transaction, which a thread commits every five seconds
// or when fsync asks for it.
#pragma once

#include "kernel-model/fs/block_queue.h"
#include "kernel-model/fs/inode_lock.h"

namespace isosim::kernel {

class Journal {
 public:
  Journal(Kernel& kernel, BlockQueue& queue, std::uint64_t first_sector, std::uint64_t bytes);
  ~Journal();

  // A handle dirtied `blocks` metadata blocks; returns the number of the transaction that holds them.
  std::uint64_t dirty(std::uint64_t blocks);
  // Waits until transaction `id` is on the disk (jbd2_complete_transaction).
  void wait_for(Thread& t, std::uint64_t id);
  [[nodiscard]] std::uint64_t committed() const { return committed_; }
  [[nodiscard]] std::uint64_t running() const { return running_; }
  // Whether the running transaction holds anything.
  [[nodiscard]] bool pending() const { return blocks_ > 0; }

 private:
  struct Timer;
  void start_thread();
  void work(Thread& t);
  void commit(Thread& t);

  Kernel& kernel_;
  BlockQueue& queue_;
  sim::PathId commit_path_;
  std::uint64_t first_sector_, bytes_, head_ = 0;
  std::uint64_t running_ = 1, committed_ = 0, requested_ = 0, blocks_ = 0;
  Thread* thread_ = nullptr;
  WaitQueue idle_, done_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace isosim::kernel
