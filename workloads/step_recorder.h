// Every step of one system call: what was charged, when, by whom, and who waited for whom. For teaching.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/observer.h"

namespace isosim::workloads {

struct Step {
  enum class Kind : std::uint8_t { charge, frame, wait, wake, note };
  static constexpr std::size_t kNone = SIZE_MAX;

  Kind kind = Kind::charge;
  sim::Time at, span;          // at: since the call began; span of a frame: of what of it was seen
  std::size_t task = 0;        // in StepRecorder::tasks()
  std::size_t parent = kNone;  // the frame around it, in steps()
  int depth = 0;               // frames around it
  sim::PathId path;            // charge
  std::uint64_t units = 0;     // charge
  std::string text;            // frame: its name; wait: the reason; note: what it says
  std::size_t other = kNone;   // in tasks(). wake: who is woken; wait: who ended it
};

// Records the `ordinal`-th system call (from 0) that a task makes, and what all others do meanwhile.
class StepRecorder final : public sim::Observer {
 public:
  explicit StepRecorder(std::uint64_t ordinal) : ordinal_(ordinal) {}

  // Whose calls count.
  void follow(const sim::Task& task) { task_ = &task; }

  void on_charge(const sim::Task& task, sim::PathId path, sim::Time start, sim::Time span,
                 std::uint64_t units) override;
  void on_enter(const sim::Task& task, std::string_view frame, sim::Time at) override;
  void on_leave(const sim::Task& task, sim::Time at) override;
  void on_wait(const sim::Task& task, std::string_view reason, sim::Time start, sim::Time end) override;
  void on_wake(const sim::Task& task, const sim::Task& by, sim::Time at) override;
  [[nodiscard]] bool wants_notes() const override { return recording_; }
  void on_note(const sim::Task& task, std::string_view text, sim::Time at) override;

  // By `at`. A frame comes before what is in it; the first is the call. Empty: there was no such call.
  [[nodiscard]] std::vector<Step> take_steps();
  // Names of those who took part, each one's own; the caller is the first.
  [[nodiscard]] const std::vector<std::string>& tasks() const { return names_; }

 private:
  struct OpenFrame {
    std::string name;
    std::size_t step = Step::kNone;  // none: entered before the call
  };
  struct Follower {  // what is known of a task
    std::vector<OpenFrame> open;
    std::size_t number = Step::kNone;  // in names_
    std::size_t waker = Step::kNone;   // who made it runnable last
  };

  Follower& of(const sim::Task& task);
  Step& add(const sim::Task& task, Step::Kind kind, sim::Time at);
  std::size_t number(const sim::Task& task);
  std::size_t place(const sim::Task& task, sim::Time at);
  void finish(sim::Time at);

  std::uint64_t ordinal_;
  std::uint64_t calls_ = 0;  // of the task, so far
  const sim::Task* task_ = nullptr;
  bool recording_ = false;
  sim::Time start_;
  std::vector<Follower> followers_;  // by the task's number
  std::vector<std::string> names_;
  std::vector<Step> steps_;
};

}  // namespace isosim::workloads
