// How far each replayed thread has come, and who waits for it: the recorded order at shared resources.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "kernel-model/kernel.h"
#include "traces/order.h"

namespace isosim::workloads {

class Progress {
 public:
  // One recorded thread. Addresses stay valid.
  struct Lane {
    std::uint64_t entered = 0, completed = 0;  // events
    bool finished = false;
    std::vector<kernel::Thread*> waiters;
  };

  explicit Progress(kernel::Kernel& kernel) : kernel_(kernel) {}

  Lane& lane(std::int32_t tid) { return lanes_[tid]; }

  void enter(Lane& lane) {
    ++lane.entered;
    if (!lane.waiters.empty()) wake_waiters(lane, nullptr);
  }
  void complete(Lane& lane, kernel::Thread& by) {
    lane.completed = lane.entered;
    if (!lane.waiters.empty()) wake_waiters(lane, &by);
  }
  // Nothing of this thread will come any more: whoever waits for it goes on.
  void finish(Lane& lane, kernel::Thread* by);

  // Blocks `thread` until every dependency is met or it was released. Counts one wait if it had to.
  void wait(kernel::Thread& thread, std::span<const traces::Dependency> dependencies);

  // Lets a waiting thread go although its dependency is not met. False if it does not wait here.
  bool release(kernel::Thread& thread);

  [[nodiscard]] std::uint64_t waits() const { return waits_; }

 private:
  bool met(const traces::Dependency& dependency);
  void wake_waiters(Lane& lane, kernel::Thread* by);

  kernel::Kernel& kernel_;
  std::map<std::int32_t, Lane> lanes_;    // by recorded tid
  std::vector<kernel::Thread*> waiting_;  // blocked in wait()
  std::uint64_t waits_ = 0;
};

}  // namespace isosim::workloads
