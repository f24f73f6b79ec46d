// A count of permits. A permit that is released goes to the task that has waited longest; nobody can
// overtake.
#pragma once

#include <cstdint>

#include "sim/wait_list.h"

namespace isosim::sim {

class Semaphore {
 public:
  explicit Semaphore(std::uint64_t permits) : permits_(permits) {}

  void acquire(Task& task) {
    if (!try_acquire()) waiters_.wait(task, "semaphore");
  }

  bool try_acquire() {
    if (permits_ == 0) return false;
    --permits_;
    return true;
  }

  void release() {
    if (!waiters_.wake_one()) ++permits_;
  }

  [[nodiscard]] std::uint64_t permits() const { return permits_; }

 private:
  std::uint64_t permits_;
  WaitList waiters_;
};

}  // namespace isosim::sim
