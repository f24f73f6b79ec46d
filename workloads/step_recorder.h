// Every step of one frame (a system call): what was charged, when, by whom. For teaching.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/observer.h"

namespace isosim::workloads {

struct Step {
  sim::Time at, span;  // at: since the frame began
  std::uint64_t units = 0;
  sim::PathId path;
  int depth = 0;      // frames inside the recorded one
  std::string other;  // who ran it, if it is not who is followed
  std::string frame;  // set: a frame begins here, nothing was charged
  std::string wait;   // set: the task waited here
};

// Records the `ordinal`-th frame (from 0) that a task enters.
class StepRecorder final : public sim::Observer {
 public:
  explicit StepRecorder(std::uint64_t ordinal) : ordinal_(ordinal) {}

  // Whose frames count; what others do while it records is recorded too.
  void follow(const sim::Task& task) { task_ = &task; }

  void on_charge(const sim::Task& task, sim::PathId path, sim::Time start, sim::Time span,
                 std::uint64_t units) override;
  void on_enter(const sim::Task& task, std::string_view frame, sim::Time at) override;
  void on_leave(const sim::Task& task, sim::Time at) override;
  void on_wait(const sim::Task& task, std::string_view reason, sim::Time start, sim::Time end) override;

  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  [[nodiscard]] const std::string& frame() const { return frame_; }
  [[nodiscard]] sim::Time span() const { return span_; }

 private:
  std::uint64_t ordinal_;
  std::uint64_t frames_ = 0;  // outermost ones of the task that were entered
  const sim::Task* task_ = nullptr;
  int depth_ = 0;  // of the task's frames
  bool recording_ = false;
  std::string frame_;
  sim::Time start_, span_;
  std::vector<Step> steps_;
};

}  // namespace isosim::workloads
