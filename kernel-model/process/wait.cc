// wait4, waitid (kernel/exit.c: do_wait).
#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/pidfd.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/ptrace/trace_state.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t wnohang = 1, wstopped = 2, wexited = 4, wcontinued = 8, wnowait = 0x1000000;

struct Wanted {
  enum class Which : std::uint8_t { any, pid, group } which = Which::any;
  std::int32_t id = 0;      // in the initial name space
  std::int32_t number = 0;  // as it was given
  std::uint64_t options = 0;
};

struct Found {
  std::int32_t pid = 0;  // in the waiter's name space; 0: none
  std::int32_t status = 0;
};

bool matches(const Wanted& wanted, const Process& child) {
  if (wanted.which == Wanted::Which::any) return true;
  return wanted.which == Wanted::Which::pid ? child.pid == wanted.id : child.pgid == wanted.id;
}

bool matches(const Wanted& wanted, std::int32_t tid, std::int32_t pgid) {
  if (wanted.which == Wanted::Which::any) return true;
  return (wanted.which == Wanted::Which::pid ? tid : pgid) == wanted.id;
}

// The end of a tracee that is nobody's child here.
Found look_at_ended(Process& tracer, const Wanted& wanted) {
  if ((wanted.options & wexited) == 0) return {};
  for (auto at = tracer.ended_tracees.begin(); at != tracer.ended_tracees.end(); ++at) {
    // Its number may have gone with it.
    const bool meant = matches(wanted, at->tid, at->pgid) || (wanted.id == -1 && wanted.number == at->number);
    if (!meant) continue;
    const Found found{at->number, at->status};
    if (!(wanted.options & wnowait)) tracer.ended_tracees.erase(at);
    return found;
  }
  return {};
}

// One look at all children. `eligible`: whether there is anybody to wait for.
Found look(Kernel& k, Thread& t, const Wanted& wanted, bool& eligible) {
  Process& parent = *t.process;
  // Now: a task that is released has no number any more.
  const auto number = [&t](std::int32_t pid) { return t.process->namespaces->pid->number(pid); };
  eligible = false;
  for (Thread* tracee : parent.tracees) {
    if (!matches(wanted, tracee->tid, tracee->process->pgid)) continue;
    eligible = true;
    if (!tracee->trace->unreported) continue;
    const Found found{number(tracee->tid), tracee->trace->stop_status};
    if (!(wanted.options & wnowait)) tracee->trace->unreported = false;
    return found;
  }
  if (!parent.ended_tracees.empty())
    if (const Found found = look_at_ended(parent, wanted); found.pid != 0) return found;
  for (Process* child : std::vector<Process*>(parent.children)) {
    if (!matches(wanted, *child)) continue;
    eligible = true;
    if (child->zombie && (wanted.options & wexited)) {
      const Found found{number(child->pid), child->exit_status};
      if (wanted.options & wnowait) return found;
      t.charge(k.procs->paths.wait_reap);
      parent.children_runtime += child->runtime_of_dead + child->children_runtime;
      k.procs->release(*child);
      return found;
    }
    if (child->stop_unreported && (wanted.options & wstopped)) {
      if (!(wanted.options & wnowait)) child->stop_unreported = false;
      return {number(child->pid), child->stop_signal << 8 | 0x7F};
    }
    if (child->continue_unreported && (wanted.options & wcontinued)) {
      if (!(wanted.options & wnowait)) child->continue_unreported = false;
      return {number(child->pid), 0xFFFF};
    }
  }
  return {};
}

// child_wait_callback(): a wake that is about one task passes by who waits for another.
struct Waiter final : WakeListener {
  Waiter(Thread& t, const Wanted& w) : thread(t), wanted(w) {}
  bool on_wake(Kernel& k, Thread* waker, std::uint32_t about) override {
    if (about != WaitQueue::any && wanted.which == Wanted::Which::pid &&
        static_cast<std::int32_t>(about) != wanted.id)
      return false;
    k.sched->wake(thread, waker);
    return true;
  }
  Thread& thread;
  const Wanted& wanted;
};

std::int64_t do_wait(Kernel& k, Thread& t, const Wanted& wanted, Found& found) {
  t.charge(k.procs->paths.wait);
  for (;;) {
    bool eligible = false;
    found = look(k, t, wanted, eligible);
    if (found.pid != 0) return found.pid;
    if (!eligible) return -ECHILD_;
    if (wanted.options & wnohang) return 0;
    if (signal_pending(t)) return -ERESTARTSYS_;
    Waiter waiter(t, wanted);
    t.process->child_exit.add(waiter, WaitQueue::any, false);
    t.state = RunState::interruptible;
    k.sched->block(t);
    t.process->child_exit.remove(waiter);
  }
}

Wanted wanted_of(const Thread& t, std::int64_t pid, std::uint64_t options) {
  const PidNamespace& ns = *t.process->namespaces->pid;
  Wanted wanted;
  wanted.options = options;
  if (pid == -1) return wanted;
  wanted.number = static_cast<std::int32_t>(pid);
  wanted.which = pid > 0 ? Wanted::Which::pid : Wanted::Which::group;
  if (pid == 0) {
    wanted.id = t.process->pgid;
  } else {
    wanted.id = ns.id(static_cast<std::int32_t>(pid > 0 ? pid : -pid));
  }
  return wanted;
}

}  // namespace

std::int64_t sys_wait4(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t known =
      wnohang | wstopped | wcontinued | 0xE0000000;  // __WNOTHREAD, __WALL, __WCLONE
  const std::uint64_t options = s.u64(2) & 0xFFFFFFFF;
  if (options & ~known) return -EINVAL_;
  const auto pid = static_cast<std::int32_t>(s.u64(0));
  if (pid == INT32_MIN) return -ESRCH_;
  Found found;
  const std::int64_t result = do_wait(k, t, wanted_of(t, pid, options | wexited), found);
  if (result <= 0) return result;
  s.out.status = found.status;
  return found.pid;
}

std::int64_t sys_waitid(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t known = wnohang | wexited | wstopped | wcontinued | wnowait | 0xE0000000;
  const std::uint64_t options = s.u64(3) & 0xFFFFFFFF;
  if ((options & ~known) || !(options & (wexited | wstopped | wcontinued))) return -EINVAL_;
  const auto id = static_cast<std::int32_t>(s.u64(1));
  std::int64_t pid = -1;
  switch (s.u64(0)) {
    case 0:
      break;
    case 1:
      if (id <= 0) return -EINVAL_;
      pid = id;
      break;
    case 2:
      if (id < 0) return -EINVAL_;
      pid = -std::int64_t{id};
      break;
    case 3: {
      Process* process = process_of_pidfd(t, id);
      if (!process) return -EBADF_;
      pid = t.process->namespaces->pid->number(process->pid);
      break;
    }
    default:
      return -EINVAL_;
  }
  Found found;
  const std::int64_t result = do_wait(k, t, wanted_of(t, pid, options), found);
  if (result <= 0) return result;
  s.out.status = found.status;
  s.out.value = static_cast<std::uint64_t>(found.pid);
  return 0;
}

}  // namespace isosim::kernel
