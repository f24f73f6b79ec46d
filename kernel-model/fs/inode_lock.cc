#include "kernel-model/fs/inode_lock.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

void InodeLock::lock(Kernel& k, Thread& t) {
  while (owner_) {
    waiters_.add(t);
    t.state = RunState::uninterruptible;
    k.sched->block(t);
    waiters_.remove(t);
  }
  owner_ = &t;
}

void InodeLock::unlock(Kernel& k, Thread& t) {
  owner_ = nullptr;
  if (!waiters_.empty()) waiters_.wake(k, &t, 1);
}

}  // namespace isosim::kernel
