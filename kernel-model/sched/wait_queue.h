// Wait queues: threads that wait for a condition, woken in the order in which they came.
#pragma once

#include <deque>

namespace isosim::kernel {

class Kernel;
class Thread;

class WaitQueue {
 public:
  void add(Thread& thread) { waiters_.push_back(&thread); }
  void remove(Thread& thread) { std::erase(waiters_, &thread); }
  [[nodiscard]] bool empty() const { return waiters_.empty(); }

  // Wakes up to `count` waiters, first come first; the caller's thread pays (nullptr: interrupt context).
  void wake(Kernel& kernel, Thread* waker, int count = 1 << 30);

 private:
  std::deque<Thread*> waiters_;
};

}  // namespace isosim::kernel
