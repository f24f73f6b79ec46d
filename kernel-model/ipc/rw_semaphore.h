// A read-write semaphore (rw_semaphore; kernel/locking/rwsem-xadd.c, Linux 4.4): readers together or one
// writer. Who comes while others wait stands behind them, so neither side starves. A writer sleeps at once
// here, where 4.4 first spins while another writer that holds it runs (rwsem_optimistic_spin). gVisor's
// sync.RWMutex has the same rules.
#pragma once

#include <deque>

#include "kernel-model/ipc/tear_down.h"

namespace isosim::kernel {

class Kernel;
class Thread;

class RwSemaphore {
 public:
  void lock_read(Kernel& k, Thread& t) {
    if (writer_ || !waiting_.empty()) return wait(k, t, false);
    ++readers_;
  }
  void unlock_read(Kernel& k, Thread& t) {
    if (--readers_ == 0 && !waiting_.empty()) hand_over(k, t);
  }
  void lock_write(Kernel& k, Thread& t) {
    if (writer_ || readers_ != 0 || !waiting_.empty()) return wait(k, t, true);
    writer_ = true;
  }
  void unlock_write(Kernel& k, Thread& t) {
    writer_ = false;
    if (!waiting_.empty()) hand_over(k, t);
  }

 private:
  struct Waiter {  // on the stack of its thread
    Thread* thread;
    bool writes;
    bool granted = false;
  };
  void wait(Kernel& k, Thread& t, bool writes);
  void hand_over(Kernel& k, Thread& t);

  int readers_ = 0;
  bool writer_ = false;
  std::deque<Waiter*> waiting_;  // first come first
};

// Holds one for a scope.
template <auto lock, auto unlock>
class SemaphoreGuard {
 public:
  SemaphoreGuard(RwSemaphore& semaphore, Kernel& k, Thread& t) : semaphore_(semaphore), k_(k), t_(t) {
    (semaphore_.*lock)(k, t);
  }
  ~SemaphoreGuard() {
    if (!tear_down_.now()) (semaphore_.*unlock)(k_, t_);
  }
  SemaphoreGuard(const SemaphoreGuard&) = delete;
  SemaphoreGuard& operator=(const SemaphoreGuard&) = delete;

 private:
  RwSemaphore& semaphore_;
  Kernel& k_;
  Thread& t_;
  TearDown tear_down_;
};

using ReadGuard = SemaphoreGuard<&RwSemaphore::lock_read, &RwSemaphore::unlock_read>;
using WriteGuard = SemaphoreGuard<&RwSemaphore::lock_write, &RwSemaphore::unlock_write>;

}  // namespace isosim::kernel
