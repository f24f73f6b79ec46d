#include "traces/task_links.h"

#include <sys/syscall.h>

#include <set>
#include <utility>
#include <vector>

namespace isosim::traces {

bool makes_task(const Event& event) {
  return event.kind == EventKind::call &&
         (event.nr == SYS_clone || event.nr == SYS_clone3 || event.nr == SYS_fork || event.nr == SYS_vfork);
}

TaskLinks::TaskLinks(const Trace& trace) : trace_(trace) {
  for (const ThreadInfo& thread : trace.threads()) {
    Event first;
    if (trace.cursor(thread.tid).next(first)) begin_[thread.tid] = first.sequence;
  }
}

void TaskLinks::guess() {
  std::set<std::pair<std::uint64_t, std::int32_t>> orphans;  // that no call's result names
  for (const auto& [tid, begin] : begin_) orphans.emplace(begin, tid);
  std::vector<std::uint64_t> calls;  // whose result names none
  MergedCursor events = trace_.events();
  for (Event event; events.next(event);) {
    if (!makes_task(event) || event.return_kind != ReturnKind::value || event.result <= 0) continue;
    const auto named = static_cast<std::int32_t>(event.result);
    if (begins_after(named, event)) {
      orphans.erase({begin_.at(named), named});
    } else {
      calls.push_back(event.sequence);
    }
  }
  // Each to the thread that comes up next.
  for (const std::uint64_t call : calls) {
    const auto next = orphans.upper_bound({call, INT32_MAX});
    if (next == orphans.end()) return;
    guessed_[call] = next->second;
    orphans.erase(next);
  }
}

bool TaskLinks::begins_after(std::int32_t tid, const Event& event) const {
  const auto begin = begin_.find(tid);
  return begin != begin_.end() && begin->second > event.sequence;
}

std::int32_t TaskLinks::child(const Event& event) {
  const auto named = static_cast<std::int32_t>(event.result);
  if (begins_after(named, event)) return named;
  if (begin_.size() < 2) return 0;
  if (!std::exchange(done_, true)) guess();
  const auto guessed = guessed_.find(event.sequence);
  return guessed == guessed_.end() ? 0 : guessed->second;
}

}  // namespace isosim::traces
