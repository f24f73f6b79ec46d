// Births, ends and waits of processes, and their signals.
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>

#include "traces/order_scan.h"
#include "traces/structure.h"

namespace isosim::traces {

using namespace infer;

// wait4(-1) reaps whoever is dead, in order of birth: what ends a child waits for what was over before it,
// deaths of its siblings and waits of its parent.
void Order::Scan::may_die(const Event& e) {
  const Process& process = walk.processes.of(e.tid);
  if (process.parent_pid < 0) return;
  const Children& family = children[process.parent_pid];
  for (const Cause& cause : {family.last_exit, family.last_wait, family.earlier_wait, family.last_empty_wait})
    if (cause && cause.end_ns <= e.start_ns) wait_for(e, cause);
}

// What its other threads did before has been done; what they were in had begun.
void Order::Scan::process_ends(const Event& e) {
  for (const std::int32_t tid : members[walk.processes.of(e.tid).pid]) wait_for(e, threads[tid].latest);
}

// A signal that is pending is not queued a second time, and SIGCONT and the stops undo each other: the next
// one waits until the last was taken.
void Order::Scan::sends(const Event& e, const Cause& self, int target_arg) {
  if (e.argc < target_arg + 2) return;
  const auto target = static_cast<std::int32_t>(e.args[target_arg].value);
  const auto signal = static_cast<int>(e.args[target_arg + 1].value);
  constexpr std::array kStops{SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
  const auto stops = [&](int which) {
    return std::find(kStops.begin(), kStops.end(), which) != kStops.end();
  };
  // Who takes a stop is done with it only when it goes on.
  const auto after = [&](int other) {
    const auto most = stops(other) ? Dependency::Until::entered : Dependency::Until::completed;
    if (const auto last = taken.find({target, other}); last != taken.end()) wait_for(e, last->second, most);
  };
  after(signal);
  if (signal == SIGCONT) std::for_each(kStops.begin(), kStops.end(), after);
  if (stops(signal)) after(SIGCONT);
  signals[target] = self;
}

void Order::Scan::process(const Event& e, const Cause& self) {
  switch (e.kind) {
    case EventKind::signal: {
      const auto sender = integer(field(e.signal_info, "si_pid"));
      for (const std::int32_t target : {e.tid, walk.processes.of(e.tid).pid}) {
        const auto sent = signals.find(target);
        if (sender && sent != signals.end()) wait_for(e, sent->second, Dependency::Until::entered);
        taken[{target, e.signal}] = self;
      }
      return;
    }
    case EventKind::exited:
    case EventKind::killed:
      if (const Process& process = walk.processes.of(e.tid); process.pid == e.tid && process.parent_pid >= 0)
        children[process.parent_pid].last_exit = self;
      return;
    case EventKind::stopped:
      return;
    case EventKind::call:
      break;
  }
  switch (e.nr) {
    case SYS_futex:
      futex(e, self);
      break;
    case SYS_clone3:
      if (const auto word = integer(field(e.args[0].text, "child_tid")); word && e.result > 0)
        exit_words[links.child(e)] = static_cast<std::uint64_t>(*word);
      break;
    case SYS_clone:
      if (e.argc > 3 && e.result > 0)
        exit_words[links.child(e)] = static_cast<std::uint64_t>(e.args[3].value);
      break;
    case SYS_set_tid_address:
      exit_words[e.tid] = static_cast<std::uint64_t>(e.args[0].value);
      break;
    case SYS_exit:
      thread_ends(e);
      break;
    case SYS_exit_group:
      process_ends(e);
      break;
    case SYS_wait4:
    case SYS_waitid: {
      Children& family = children[walk.processes.of(e.tid).pid];
      if (e.return_kind != ReturnKind::value) break;
      const bool empty = e.result == 0 && e.nr == SYS_wait4;
      if (!empty) family.earlier_wait = family.last_wait;
      (empty ? family.last_empty_wait : family.last_wait) = self;
      break;
    }
    case SYS_rt_sigtimedwait:
      if (succeeded(e))
        for (const std::int32_t target : {e.tid, walk.processes.of(e.tid).pid})
          taken[{target, static_cast<int>(e.result)}] = self;
      break;
    case SYS_kill:
    case SYS_tkill:
    case SYS_rt_sigqueueinfo:
      sends(e, self, 0);
      break;
    case SYS_tgkill:
    case SYS_rt_tgsigqueueinfo:
      sends(e, self, 1);
      break;
    default:
      break;
  }
}

}  // namespace isosim::traces
