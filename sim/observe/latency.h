// How long frames take from entry to return, waits included: one histogram a name.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/observe/histogram.h"
#include "sim/observe/names.h"
#include "sim/observer.h"
#include "sim/task.h"

namespace isosim::sim {

class FrameLatency final : public Observer {
 public:
  void on_charge(const Task&, PathId, Time, Time, std::uint64_t) override {}
  void on_enter(const Task& task, std::string_view frame, Time at) override {
    if (task.id() >= open_.size()) open_.resize(task.id() + std::size_t{1});
    open_[task.id()].emplace_back(names_.id(frame), at);
  }
  void on_leave(const Task& task, Time at) override {
    if (task.id() >= open_.size() || open_[task.id()].empty()) return;  // entered before anybody watched
    const auto [name, start] = open_[task.id()].back();
    open_[task.id()].pop_back();
    if (name >= histograms_.size()) histograms_.resize(name + std::size_t{1});
    histograms_[name].add(at - start);
  }

  // Calls f(const std::string& frame, const Histogram&), in the order in which the frames first came.
  template <class F>
  void for_each(F f) const {
    for (std::size_t i = 0; i < histograms_.size(); ++i)
      if (histograms_[i].count() != 0) f(names_[static_cast<std::uint32_t>(i)], histograms_[i]);
  }

 private:
  Names names_;
  std::vector<Histogram> histograms_;                              // by name
  std::vector<std::vector<std::pair<std::uint32_t, Time>>> open_;  // by task
};

}  // namespace isosim::sim
