// Which thread of a trace a call made that makes one. Mostly it returns the thread's number. Within a pid
// namespace it returns the number there, while strace names the thread as it sees it from outside.
#pragma once

#include <cstdint>
#include <map>

#include "traces/trace.h"

namespace isosim::traces {

class TaskLinks {
 public:
  explicit TaskLinks(const Trace& trace);  // which must outlive it

  // `event`: a fork, vfork, clone or clone3 that succeeded. 0: none of the trace's threads.
  [[nodiscard]] std::int32_t child(const Event& event);

  [[nodiscard]] bool traced(std::int32_t tid) const { return begin_.contains(tid); }

 private:
  [[nodiscard]] bool begins_after(std::int32_t tid, const Event& event) const;
  void guess();

  const Trace& trace_;
  bool done_ = false;                              // guess() was needed, and is over
  std::map<std::int32_t, std::uint64_t> begin_;    // by thread: its first event's place in recorded order
  std::map<std::uint64_t, std::int32_t> guessed_;  // by the call's place
};

bool makes_task(const Event& event);

}  // namespace isosim::traces
