#include "workloads/step_recorder.h"

#include "sim/engine.h"

namespace isosim::workloads {

using sim::Task;
using sim::Time;

void StepRecorder::on_charge(const Task& task, sim::PathId path, Time start, Time span, std::uint64_t units) {
  if (!recording_) return;
  const bool own = &task == task_;
  steps_.push_back({start - start_, span, units, path, own ? depth_ - 1 : 0, own ? "" : task.name(), {}, {}});
}

void StepRecorder::on_enter(const Task& task, std::string_view frame, Time at) {
  if (&task != task_) return;
  if (depth_++ == 0) {
    recording_ = frames_++ == ordinal_;
    if (recording_) frame_ = frame, start_ = at;
  } else if (recording_) {
    steps_.push_back({at - start_, {}, 0, {}, depth_ - 2, {}, std::string(frame), {}});
  }
}

void StepRecorder::on_leave(const Task& task, Time at) {
  if (&task != task_ || --depth_ != 0 || !recording_) return;
  recording_ = false;
  span_ = at - start_;
}

void StepRecorder::on_wait(const Task& task, std::string_view reason, Time start, Time end) {
  if (!recording_ || &task != task_) return;
  steps_.push_back({start - start_, end - start, 0, {}, depth_ - 1, {}, {}, std::string(reason)});
}

}  // namespace isosim::workloads
