// Several observers as one.
#pragma once

#include <algorithm>
#include <vector>

#include "sim/observer.h"

namespace isosim::sim {

class ObserverList final : public Observer {
 public:
  void add(Observer& observer) { observers_.push_back(&observer); }
  [[nodiscard]] bool empty() const { return observers_.empty(); }

  void on_charge(const Task& task, PathId path, Time start, Time span, std::uint64_t units) override {
    for (Observer* o : observers_) o->on_charge(task, path, start, span, units);
  }
  void on_enter(const Task& task, std::string_view frame, Time at) override {
    for (Observer* o : observers_) o->on_enter(task, frame, at);
  }
  void on_leave(const Task& task, Time at) override {
    for (Observer* o : observers_) o->on_leave(task, at);
  }
  void on_wait(const Task& task, std::string_view reason, Time start, Time end) override {
    for (Observer* o : observers_) o->on_wait(task, reason, start, end);
  }
  void on_wake(const Task& task, const Task& by, Time at) override {
    for (Observer* o : observers_) o->on_wake(task, by, at);
  }
  [[nodiscard]] bool wants_notes() const override {
    return std::any_of(observers_.begin(), observers_.end(),
                       [](const Observer* o) { return o->wants_notes(); });
  }
  void on_note(const Task& task, std::string_view text, Time at) override {
    for (Observer* o : observers_) o->on_note(task, text, at);
  }

 private:
  std::vector<Observer*> observers_;
};

}  // namespace isosim::sim
