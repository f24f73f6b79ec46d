// The replayer: the program of a trace. It issues the recorded calls in the recorded order of each thread,
// computes for as long as the program did between them, and compares what the kernel under it returns with
// the record.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/process/namespaces.h"
#include "models/stack.h"
#include "traces/deadline.h"
#include "traces/gaps.h"
#include "traces/infer_peers.h"
#include "traces/infer_tree.h"
#include "traces/order.h"
#include "traces/task_links.h"
#include "traces/trace.h"
#include "workloads/call_statistics.h"
#include "workloads/replay/compare.h"
#include "workloads/replay/decode.h"
#include "workloads/replay/environment.h"
#include "workloads/replay/findings.h"
#include "workloads/replay/outside_signals.h"
#include "workloads/replay/outside_world.h"
#include "workloads/replay/patience.h"
#include "workloads/replay/progress.h"
#include "workloads/replay/relocation.h"
#include "workloads/result.h"

namespace isosim::workloads {

// What can be learned from a trace before it runs; the same for every platform, so made once.
struct TraceAnalysis {
  explicit TraceAnalysis(const traces::Trace& trace);
  traces::InitialTree tree;
  traces::Peers peers;
  traces::TracerOverhead overhead;
};

struct ReplayOptions {
  traces::GapMode gaps = traces::GapMode::corrected;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = {};  // every few thousand calls
  Relocation relocation = {};
  std::function<void(kernel::Thread&)> started = {};  // by the program's first thread, before its first call
};

class Replayer {
 public:
  Replayer(models::Stack& stack, const traces::Trace& trace, const TraceAnalysis& analysis,
           ReplayOptions options);
  ~Replayer();

  // Runs the whole trace. Always ends: what had to be forced is counted in the result.
  Result run();

 private:
  struct ReplayThread;

  void run_thread(ReplayThread& replay, kernel::Thread& thread);
  void run_call(ReplayThread& replay, kernel::Thread& thread, const traces::Event& event,
                std::uint64_t index);
  std::int64_t call_older(ReplayThread& replay, kernel::Thread& thread, const traces::Event& event,
                          sim::Time& start, std::int64_t returned);
  void become_user(kernel::Process& program) const;
  void join_group(kernel::Process& program);
  void attach_child(ReplayThread& parent, const traces::Event& event, kernel::Sys& sys);
  void account(ReplayThread& replay, const traces::Event& event, std::int64_t emulated, sim::Time span);
  void place_deadline(const traces::Event& event, kernel::Thread& thread, kernel::Sys& sys);
  void follow(ReplayThread& replay, kernel::Thread& thread, const traces::Event& event,
              std::int64_t emulated);
  [[nodiscard]] bool anyone_behind(std::int32_t tid, std::uint64_t sequence, std::int64_t start_ns) const;
  bool run_on();
  [[nodiscard]] sim::Time stuck_at() const;
  bool help_stuck_thread();
  std::vector<kernel::Thread*> alive(const std::vector<std::int32_t>& recorded) const;
  Result summarise();

  models::Stack& stack_;
  const traces::Trace& trace_;
  const TraceAnalysis& analysis_;
  ReplayOptions options_;
  traces::Order order_;
  Progress progress_;
  Patience patience_;
  Environment environment_;
  OutsideWorld outside_;
  OutsideSignals outside_signals_;
  traces::Deadlines deadlines_;
  traces::TaskLinks links_;
  std::vector<const kernel::PidNamespace*> pid_spaces_;  // in order of appearance; see IdMap
  IdMap ids_;
  CallStatistics statistics_;
  std::map<std::int32_t, std::unique_ptr<ReplayThread>> threads_;  // by recorded tid
  Findings findings_;
  bool gave_up_ = false;  // on a thread
  std::uint64_t compared_ = 0, agree_ = 0, forced_ = 0, done_ = 0;
  sim::Time end_, used_gaps_;
  kernel::Scheduler::Use use_before_;  // until the program began
  sim::Time last_call_, last_help_;
  sim::Time stalled_;  // spent on noticing that nothing would happen any more
};

}  // namespace isosim::workloads
