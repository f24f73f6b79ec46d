#include "workloads/step_recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "sim/engine.h"

namespace isosim::workloads {

using sim::Task;
using sim::Time;
using Kind = Step::Kind;

StepRecorder::Follower& StepRecorder::of(const Task& task) {
  if (task.id() >= followers_.size()) followers_.resize(task.id() + std::size_t{1});
  return followers_[task.id()];
}

std::size_t StepRecorder::number(const Task& task) {
  std::size_t& number = of(task).number;
  if (number != Step::kNone) return number;
  number = names_.size();
  if (number == 0) {
    names_.emplace_back("the program");
    return number;
  }
  // Goroutines and threads of a kind share a name.
  std::string name = task.name();
  for (int same = 2; std::find(names_.begin(), names_.end(), name) != names_.end(); ++same)
    name = fmt::format("{} {}", task.name(), same);
  names_.push_back(std::move(name));
  return number;
}

// The innermost frame of the task. One that it entered before the call is a step from when the task comes by
// first.
std::size_t StepRecorder::place(const Task& task, Time at) {
  std::vector<OpenFrame>& open = of(task).open;
  std::size_t parent = Step::kNone;
  for (std::size_t depth = 0; depth < open.size(); ++depth) {
    OpenFrame& frame = open[depth];
    if (frame.step == Step::kNone) {
      frame.step = steps_.size();
      Step& step = steps_.emplace_back();
      step.kind = Kind::frame;
      step.at = at - start_;
      step.task = of(task).number;
      step.parent = parent;
      step.depth = static_cast<int>(depth);
      step.text = frame.name;
    }
    parent = frame.step;
  }
  return parent;
}

Step& StepRecorder::add(const Task& task, Kind kind, Time at) {
  const std::size_t who = number(task);
  const std::size_t parent = place(task, at);
  Step& step = steps_.emplace_back();
  step.kind = kind;
  step.at = at - start_;
  step.task = who;
  step.parent = parent;
  step.depth = static_cast<int>(of(task).open.size());
  return step;
}

void StepRecorder::on_charge(const Task& task, sim::PathId path, Time start, Time span, std::uint64_t units) {
  if (!recording_) return;
  Step& step = add(task, Kind::charge, start);
  step.path = path;
  step.span = span;
  step.units = units;
}

void StepRecorder::on_enter(const Task& task, std::string_view frame, Time at) {
  std::vector<OpenFrame>& open = of(task).open;
  if (&task == task_ && open.empty() && kernel::syscall_number(frame) && calls_++ == ordinal_) {
    recording_ = true;
    start_ = at;
  }
  std::size_t number = Step::kNone;
  if (recording_) {
    Step& step = add(task, Kind::frame, at);
    step.text = frame;
    number = static_cast<std::size_t>(&step - steps_.data());
  }
  of(task).open.push_back({std::string(frame), number});
}

void StepRecorder::on_leave(const Task& task, Time at) {
  std::vector<OpenFrame>& open = of(task).open;
  if (open.empty()) return;  // entered before anybody watched
  const OpenFrame frame = std::move(open.back());
  open.pop_back();
  if (!recording_ || frame.step == Step::kNone) return;
  steps_[frame.step].span = at - start_ - steps_[frame.step].at;
  if (&task == task_ && open.empty()) finish(at);
}

// Frames that others are still in were seen until now.
void StepRecorder::finish(Time at) {
  recording_ = false;
  for (const Follower& follower : followers_)
    for (const OpenFrame& frame : follower.open)
      if (frame.step != Step::kNone) steps_[frame.step].span = at - start_ - steps_[frame.step].at;
}

void StepRecorder::on_wait(const Task& task, std::string_view reason, Time start, Time end) {
  if (!recording_ || start < start_) return;
  Step& step = add(task, Kind::wait, start);
  step.span = end - start;
  step.text = reason;
  step.other = std::exchange(of(task).waker, Step::kNone);
}

void StepRecorder::on_wake(const Task& task, const Task& by, Time at) {
  if (!recording_) return;
  const std::size_t woken = number(task);
  of(task).waker = number(by);
  add(by, Kind::wake, at).other = woken;
}

void StepRecorder::on_note(const Task& task, std::string_view text, Time at) {
  if (recording_) add(task, Kind::note, at).text = text;
}

std::vector<Step> StepRecorder::take_steps() {
  if (recording_) {  // a call that does not return
    Time last;
    for (const Step& step : steps_) last = std::max(last, step.at + step.span);
    finish(start_ + last);
  }
  std::vector<std::size_t> order(steps_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // A wait is told at its end.
  std::stable_sort(order.begin(), order.end(),
                   [this](std::size_t a, std::size_t b) { return steps_[a].at < steps_[b].at; });
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<Step> sorted;
  for (const std::size_t i : order) {
    sorted.push_back(std::move(steps_[i]));
    if (sorted.back().parent != Step::kNone) sorted.back().parent = place[sorted.back().parent];
  }
  steps_.clear();
  return sorted;
}

}  // namespace isosim::workloads
