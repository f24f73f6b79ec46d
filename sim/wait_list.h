// Tasks that wait for something, woken first come, first served. What Mutex, Semaphore and Channel are made
// of.
#pragma once

#include <cstddef>
#include <deque>
#include <string_view>

#include "sim/engine.h"

namespace isosim::sim {

class WaitList {
 public:
  WaitList() = default;
  ~WaitList() {
    for (Waiter* waiter : waiters_) waiter->picked = true;
  }
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;

  // Blocks `task` until wake_one() or wake_all() picks it; other wakes of the task do not end the wait.
  void wait(Task& task, std::string_view reason) {
    Waiter self{task};
    const Place place(*this, self);
    while (!self.picked) task.suspend(reason);
  }

  // Picks the first waiter and resumes it at the engine's now(). False if there is none.
  bool wake_one() {
    if (waiters_.empty()) return false;
    Waiter& first = *waiters_.front();
    waiters_.pop_front();
    first.picked = true;
    Engine& engine = first.task.engine();
    engine.wake(first.task, engine.now());
    return true;
  }

  void wake_all() {
    while (wake_one()) {
    }
  }

  [[nodiscard]] bool empty() const { return waiters_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiters_.size(); }

 private:
  struct Waiter {
    Task& task;
    bool picked = false;
  };

  // A waiter lives on its task's stack, so it leaves the list if that stack is unwound.
  struct Place {
    Place(WaitList& l, Waiter& w) : list(l), waiter(w) { list.waiters_.push_back(&waiter); }
    ~Place() {
      if (!waiter.picked) std::erase(list.waiters_, &waiter);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    WaitList& list;
    Waiter& waiter;
  };

  std::deque<Waiter*> waiters_;
};

}  // namespace isosim::sim
