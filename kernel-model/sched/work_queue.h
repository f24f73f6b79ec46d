// A workqueue whose works run one after the other (max_active 1, or ordered): a thread of the kernel, started
// with the first work.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class WorkQueue {
 public:
  WorkQueue(Kernel& kernel, std::string name) : k_(kernel), name_(std::move(name)) {}

  using Work = std::function<void(Thread& worker)>;  // may block
  void queue(Thread& by, Work work);
  [[nodiscard]] bool idle() const { return !busy_ && works_.empty(); }

 private:
  void run(Thread& worker);

  Kernel& k_;
  const std::string name_;
  std::deque<Work> works_;
  WaitQueue idle_;
  bool started_ = false, busy_ = false;
};

}  // namespace isosim::kernel
