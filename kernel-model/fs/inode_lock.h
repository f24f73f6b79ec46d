// i_mutex: serialises changes of a directory's entries, and writes to a file.
#pragma once

#include "kernel-model/ipc/tear_down.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class InodeLock {
 public:
  void lock(Kernel& k, Thread& t);
  void unlock(Kernel& k, Thread& t);

 private:
  Thread* owner_ = nullptr;
  WaitQueue waiters_;
};

// Holds one or two locks (the same one counts once) for a scope; two are taken in the order given, which
// callers make the same for all.
class InodeGuard {
 public:
  InodeGuard(Kernel& k, Thread& t, InodeLock& first, InodeLock* second = nullptr)
      : kernel_(k), thread_(t), first_(first), second_(second == &first ? nullptr : second) {
    first_.lock(k, t);
    if (second_) second_->lock(k, t);
  }
  ~InodeGuard() {
    if (tear_down_.now()) return;
    if (second_) second_->unlock(kernel_, thread_);
    first_.unlock(kernel_, thread_);
  }
  InodeGuard(const InodeGuard&) = delete;
  InodeGuard& operator=(const InodeGuard&) = delete;

 private:
  Kernel& kernel_;
  Thread& thread_;
  InodeLock& first_;
  InodeLock* second_;
  TearDown tear_down_;
};

}  // namespace isosim::kernel
