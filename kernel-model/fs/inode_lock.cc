#include "kernel-model/fs/inode_lock.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

void InodeLock::lock(Kernel& k, Thread& t) {
  waiters_.wait_event(k, t, [this] { return !owner_; });
  owner_ = &t;
}

void InodeLock::unlock(Kernel& k, Thread& t) {
  owner_ = nullptr;
  if (!waiters_.empty()) waiters_.wake(k, &t, 1);
}

}  // namespace isosim::kernel
