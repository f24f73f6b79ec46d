// A lock that passes from its holder straight to the task that has waited longest.
#pragma once

#include "sim/wait_list.h"

namespace isosim::sim {

class Mutex {
 public:
  void lock(Task& task) {
    if (!try_lock()) waiters_.wait(task, "mutex");  // unlock() has made it the holder
  }

  bool try_lock() {
    if (locked_) return false;
    locked_ = true;
    return true;
  }

  // By the holder only.
  void unlock() { locked_ = waiters_.wake_one(); }

  [[nodiscard]] bool locked() const { return locked_; }

 private:
  bool locked_ = false;
  WaitList waiters_;
};

class MutexLock {
 public:
  MutexLock(Mutex& mutex, Task& task) : mutex_(mutex) { mutex_.lock(task); }
  ~MutexLock() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace isosim::sim
