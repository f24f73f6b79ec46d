// Taking a signal on the way back to user mode (get_signal, handle_signal, do_signal's restarts).
#include <algorithm>
#include <utility>

#include "kernel-model/entry/syscall_table.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/exit.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t sa_nodefer = 0x40000000, sa_resethand = 0x80000000, sa_restart = 0x10000000;

// do_signal_stop(): every thread of the group stops where it next leaves the kernel; the parent is told once.
// A tracee stops for its tracer, which each stop signal that is delivered in the group (`begins`) tells anew.
void stop_here(Kernel& k, Thread& t, int signal, bool begins) {
  Process& process = *t.process;
  if (begins)
    for (Thread* other : std::vector<Thread*>(process.threads)) {
      if (other == &t || !other->trace) continue;
      other->trace->group_stop = signal;
      k.sched->kick(*other);
    }
  if (process.stop_signal == 0) {
    process.stop_signal = signal;
    process.stop_unreported = true;
    for (Thread* other : std::vector<Thread*>(process.threads))
      if (other != &t) k.sched->kick(*other);
    notify_parent(k, t, SignalInfo::stopped, signal);
  }
  if (t.trace) {
    t.trace->group_stop = 0;
    const std::int32_t event = t.trace->seized ? ptrace_event_stop << 16 : 0;
    return ptrace_stop(k, t, event | signal << 8 | 0x7F, {signal, SignalInfo::stopped});
  }
  while (process.stop_signal != 0 && !t.killed && !t.trace) {
    t.state = RunState::stopped;
    k.sched->block(t);
  }
  if (t.trace) return;  // attached to meanwhile: it stops again, for the tracer
  // get_signal(): one thread tells the parent. In Linux it is the first that runs again, here the first of
  // the group.
  if (!t.killed && process.threads.front() == &t) notify_parent(k, t, SignalInfo::continued, signo::cont);
}

// What user mode sees of an internal code once a handler is entered: EINTR, or the call again.
bool restarts(std::int64_t result, const SignalAction& action) {
  if (result == -ERESTARTNOINTR_) return true;
  return result == -ERESTARTSYS_ && (action.flags & sa_restart) != 0;
}

// setup_rt_frame(): the handler's frame, its mask. The handler itself is the program's.
void enter_handler(Kernel& k, Thread& t, SignalAction& action, int signal) {
  t.charge(k.procs->paths.signal_frame);
  std::int64_t result = t.last_result;
  if (is_restart(result)) result = restarts(result, action) ? t.last_call : -EINTR_;
  std::uint64_t blocked = t.blocked | action.mask;
  if ((action.flags & sa_nodefer) == 0) blocked |= signal_bit(signal);
  if ((action.flags & sa_resethand) != 0) action = {};
  t.signal_frames.push_back({std::exchange(t.has_restore_mask, false) ? t.restore_mask : t.blocked, result});
  set_blocked(k, t, blocked);
}

// Delivers one signal. Returns whether a handler was entered.
bool deliver(Kernel& k, Thread& t, const SignalInfo& info) {
  SignalAction& action = t.process->handlers->action[static_cast<std::size_t>(info.signal - 1)];
  t.charge(k.procs->paths.signal_get);
  if (action.kind == SignalAction::Kind::ignore) return false;
  if (action.kind == SignalAction::Kind::handler) {
    enter_handler(k, t, action, info.signal);
    return true;
  }
  switch (default_action(info.signal)) {
    case DefaultAction::ignore:
    case DefaultAction::resume:
      return false;
    case DefaultAction::stop:
      stop_here(k, t, info.signal, true);
      return false;
    case DefaultAction::core:
      do_group_exit(k, t, info.signal | 0x80);
      return false;
    case DefaultAction::terminate:
      do_group_exit(k, t, info.signal);
      return false;
  }
  return false;
}

}  // namespace

bool stops_with_group(const Thread& t) { return !t.trace || t.trace->group_stop != 0; }

std::int64_t signal_exit_work(Kernel& k, Thread& t, Sys& s, std::int64_t result) {
  // The record's owner takes signals itself; what it must see is the internal code, as strace does.
  bool handled = false, again = false;
  while (t.state != RunState::dead) {
    if (t.killed) {
      do_exit(k, t, t.process->group_exit_status);
      return result;
    }
    if (ptrace_trap_due(t)) {
      ptrace_trap(k, t);
      continue;
    }
    if (t.process->stop_signal != 0 && !t.hold_signals && stops_with_group(t)) {
      stop_here(k, t, t.process->stop_signal, false);
      continue;
    }
    if (t.hold_signals || (pending_signals(t) & ~t.blocked) == 0) break;
    SignalInfo info = dequeue_signal(t, ~t.blocked);
    if (info.signal == 0) break;
    if (t.trace && !ptrace_signal(k, t, info)) continue;
    const SignalAction action = t.process->handlers->action[static_cast<std::size_t>(info.signal - 1)];
    if (!deliver(k, t, info)) continue;
    if (is_restart(result)) {
      again = restarts(result, action);
      if (!again) result = -EINTR_;
      if (again) result = 0;
    }
    handled = true;
    if (t.on_signal) t.on_signal(t, info.signal);
    if (t.state == RunState::dead) return result;
    sigreturn(k, t);
  }
  if (t.hold_signals || t.state == RunState::dead) return result;
  if (std::exchange(t.has_restore_mask, false)) set_blocked(k, t, t.restore_mask);
  if (is_restart(result) && !handled) again = true;  // nothing to tell the program: the call goes on
  if (!again) return result;
  k.cpu.syscall_exit(*t.task);
  if (result == -ERESTART_RESTARTBLOCK_) s.nr = nr::restart_syscall;
  return k.syscall(t, s);
}

bool take_signal(Kernel& k, Thread& t, int signal) {
  if ((pending_signals(t) & signal_bit(signal)) == 0) {
    if (t.killed) return false;
    t.signal_wait.sleep(k, t, RunState::uninterruptible);
    if (t.killed || (pending_signals(t) & signal_bit(signal)) == 0) return false;
  }
  deliver(k, t, dequeue_signal(t, signal_bit(signal)));
  return t.state != RunState::dead;
}

}  // namespace isosim::kernel
