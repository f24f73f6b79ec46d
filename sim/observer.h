// What watches a run: profile, timeline, counters, footprint. Costs one test of a pointer a charge when
// absent.
#pragma once

#include <string_view>

#include "sim/path.h"
#include "sim/time.h"

namespace isosim::sim {

class Task;

class Observer {
 public:
  virtual ~Observer() = default;
  // `task` spent [start, start + span) on `path` with `units` units.
  virtual void on_charge(const Task& task, PathId path, Time start, Time span, std::uint64_t units) = 0;
  // A frame is a named interval with charges inside: a system call, an interrupt. Frames of one task nest.
  virtual void on_enter(const Task& /*task*/, std::string_view /*frame*/, Time /*at*/) {}
  virtual void on_leave(const Task& /*task*/, Time /*at*/) {}
  // `task` did not run in [start, end): it waited for `reason`.
  virtual void on_wait(const Task& /*task*/, std::string_view /*reason*/, Time /*start*/, Time /*end*/) {}
  // `by` made `task` runnable: a thread, or a goroutine.
  virtual void on_wake(const Task& /*task*/, const Task& /*by*/, Time /*at*/) {}
  // Text about what `task` is doing, for people. Whoever would have to make the text asks first.
  [[nodiscard]] virtual bool wants_notes() const { return false; }
  virtual void on_note(const Task& /*task*/, std::string_view /*text*/, Time /*at*/) {}
};

}  // namespace isosim::sim
