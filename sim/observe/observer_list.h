// Several observers as one.
#pragma once

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

 private:
  std::vector<Observer*> observers_;
};

}  // namespace isosim::sim
