// A thread's events, with a view of those to come.
#pragma once

#include <deque>

#include "traces/trace.h"

namespace isosim::workloads {

class Lookahead {
 public:
  explicit Lookahead(traces::Cursor cursor) : cursor_(std::move(cursor)) {}

  bool next(traces::Event& event) {
    if (ahead_.empty()) return cursor_.next(event);
    event = ahead_.front();
    ahead_.pop_front();
    return true;
  }

  // The event `distance` places after the last that next() gave (0: the next one); null beyond the end.
  const traces::Event* peek(std::size_t distance) {
    while (ahead_.size() <= distance) {
      ahead_.emplace_back();
      if (cursor_.next(ahead_.back())) continue;
      ahead_.pop_back();
      return nullptr;
    }
    return &ahead_[distance];
  }

 private:
  traces::Cursor cursor_;
  std::deque<traces::Event> ahead_;
};

}  // namespace isosim::workloads
