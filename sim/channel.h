// A queue of at most `capacity` values between tasks. Values, senders and receivers are each served in order.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "sim/semaphore.h"
#include "sim/wait_list.h"

namespace isosim::sim {

template <class T>
class Channel {
 public:
  explicit Channel(std::uint64_t capacity) : space_(capacity) {}  // at least 1

  void put(Task& task, T value) {
    space_.acquire(task);
    deliver(std::move(value));
  }

  // For those who cannot block: events, devices. False if the channel is full.
  bool try_put(T value) {
    if (!space_.try_acquire()) return false;
    deliver(std::move(value));
    return true;
  }

  T get(Task& task) {
    std::optional<T> value;
    if (values_.empty()) {
      // The value is handed over, not left in the queue, so that no later receiver can take it first.
      receivers_.push_back(&value);
      waiting_.wait(task, "channel");
    } else {
      value = std::move(values_.front());
      values_.pop_front();
    }
    space_.release();
    return std::move(*value);
  }

  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  void deliver(T value) {
    if (receivers_.empty()) {
      values_.push_back(std::move(value));
      return;
    }
    *receivers_.front() = std::move(value);
    receivers_.pop_front();
    waiting_.wake_one();
  }

  Semaphore space_;
  std::deque<T> values_;
  std::deque<std::optional<T>*> receivers_;  // on the stacks of the tasks in waiting_, same order
  WaitList waiting_;
};

}  // namespace isosim::sim
