#include "workloads/replay/progress.h"

namespace isosim::workloads {

using kernel::Thread;
using traces::Dependency;

bool Progress::met(const Dependency& dependency) {
  const Lane& lane = lanes_[dependency.tid];
  const std::uint64_t reached =
      dependency.until == Dependency::Until::entered ? lane.entered : lane.completed;
  return lane.finished || reached > dependency.index;
}

void Progress::wake_waiters(Lane& lane, Thread* by) {
  std::vector<Thread*> waiters;
  waiters.swap(lane.waiters);
  for (Thread* waiter : waiters) kernel_.sched->wake(*waiter, by);
}

void Progress::finish(Lane& lane, Thread* by) {
  lane.finished = true;
  wake_waiters(lane, by);
}

void Progress::wait(Thread& thread, std::span<const Dependency> dependencies) {
  // Order::before's span dies with the next call to it, which another thread may make while this one waits.
  const std::vector<Dependency> mine(dependencies.begin(), dependencies.end());
  bool counted = false;
  for (const Dependency& dependency : mine) {
    while (!met(dependency)) {
      if (!counted) ++waits_, counted = true;
      lanes_[dependency.tid].waiters.push_back(&thread);
      waiting_.push_back(&thread);
      thread.state = kernel::RunState::uninterruptible;
      kernel_.sched->block(thread);
      if (std::erase(waiting_, &thread) == 0) return;  // released
    }
  }
}

bool Progress::release(Thread& thread) {
  if (std::erase(waiting_, &thread) == 0) return false;
  kernel_.sched->wake(thread, nullptr);
  return true;
}

}  // namespace isosim::workloads
