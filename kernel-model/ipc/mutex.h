// A kernel mutex (kernel/locking/mutex.c, Linux 4.4): a waiter spins while the owner runs on another CPU,
// else sleeps.
#pragma once

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/sched/thread.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class Mutex {
 public:
  void lock(Kernel& k, Thread& t) {
    if (owner_) lock_contended(k, t);
    owner_ = &t;
  }
  void unlock(Kernel& k, Thread& t) {
    owner_ = nullptr;
    if (!sleepers_.empty() || !spinners_.empty()) hand_over(k, t);
  }

 private:
  void lock_contended(Kernel& k, Thread& t);
  void hand_over(Kernel& k, Thread& t);

  Thread* owner_ = nullptr;
  std::vector<Thread*> spinners_;  // first come first (the queue of osq_lock)
  WaitQueue sleepers_;
};

// Holds a mutex for a scope; unlock() early where the holder goes to sleep.
class MutexGuard {
 public:
  MutexGuard(Mutex& mutex, Kernel& k, Thread& t) : mutex_(mutex), k_(k), t_(t) { lock(); }
  ~MutexGuard() {
    if (held_ && !tear_down_.now()) unlock();
  }
  MutexGuard(const MutexGuard&) = delete;
  MutexGuard& operator=(const MutexGuard&) = delete;
  void lock() { mutex_.lock(k_, t_), held_ = true; }
  void unlock() { mutex_.unlock(k_, t_), held_ = false; }

 private:
  Mutex& mutex_;
  Kernel& k_;
  Thread& t_;
  bool held_ = false;
  TearDown tear_down_;
};

}  // namespace isosim::kernel
