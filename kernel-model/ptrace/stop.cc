// The tracee's side.
#include <algorithm>
#include <utility>

#include "kernel-model/kernel.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

// PTRACE_O_TRACE* are 1 << PTRACE_EVENT_*.
constexpr std::uint64_t o_tracesysgood = 1, o_exitkill = 1 << 20;
constexpr std::int32_t event_fork = 1, event_vfork = 2, event_clone = 3, event_exec = 4, event_exit = 6;

bool wants(const TraceState& trace, std::int32_t event) { return (trace.options >> event & 1) != 0; }

std::int32_t stopped_by(int signal, std::int32_t event = 0) { return event << 16 | signal << 8 | 0x7F; }

int syscall_trap(const TraceState& trace) {
  return (trace.options & o_tracesysgood) ? signo::trap | 0x80 : signo::trap;
}

// ptrace_report_syscall(): the signal that the tracer resumes a tracee with comes after the call.
void syscall_stop(Kernel& k, Thread& t, std::int32_t info) {
  const std::shared_ptr<TraceState> trace = t.trace;
  const int trap = syscall_trap(*trace);
  ptrace_stop(k, t, stopped_by(trap), {trap, info});
  if (const int signal = std::exchange(trace->inject, 0); signal != 0 && trace->tracer)
    send_signal(k, &t, t, {signal, SignalInfo::user, trace->tracer->pid});
}

}  // namespace

void ptrace_stop(Kernel& k, Thread& t, std::int32_t status, const SignalInfo& info) {
  const std::shared_ptr<TraceState> trace = t.trace;
  if (!trace || t.killed) return;
  t.charge(k.procs->paths.ptrace_stop);
  trace->info = info;
  trace->stop_status = status;
  trace->inject = 0;
  trace->stopped = trace->unreported = true;
  ++trace->stops;
  t.state = RunState::stopped;
  // do_notify_parent_cldstop(): the tracer's wait4 and, unless it blocks or ignores it, SIGCHLD.
  const SignalAction& chld = trace->tracer->handlers->action[signo::chld - 1];
  if (chld.kind == SignalAction::Kind::handler && !trace->tracer->threads.empty())
    send_signal(k, &t, *trace->tracer, {signo::chld, SignalInfo::trapped, t.tid, 0, status >> 8 & 0x7F});
  trace->tracer->child_exit.wake(k, &t, WaitQueue::all, static_cast<std::uint32_t>(t.tid));
  while (trace->stopped && !t.killed) {
    t.state = RunState::stopped;
    k.sched->block(t);
  }
  t.state = RunState::running;
  trace->stopped = trace->unreported = false;
}

bool ptrace_syscall_enter(Kernel& k, Thread& t, Sys& s) {
  const TraceState& trace = *t.trace;
  const bool emulated =
      trace.resume == TraceState::Resume::sysemu || trace.resume == TraceState::Resume::sysemu_single_step;
  if (!emulated && trace.resume != TraceState::Resume::syscall) return true;
  syscall_stop(k, t, s.nr);
  return !emulated;
}

void ptrace_syscall_exit(Kernel& k, Thread& t) {
  if (!t.trace) return;
  if (t.trace->resume == TraceState::Resume::syscall) syscall_stop(k, t, syscall_trap(*t.trace));
}

void ptrace_event(Kernel& k, Thread& t, std::int32_t event, std::uint64_t message) {
  if (!t.trace || !wants(*t.trace, event)) return;
  t.trace->message = message;
  ptrace_stop(k, t, stopped_by(signo::trap, event), {signo::trap, SignalInfo::trapped});
}

bool ptrace_trap_due(const Thread& t) { return t.trace && t.trace->interrupt_requested; }

void ptrace_trap(Kernel& k, Thread& t) {
  t.trace->interrupt_requested = false;
  const int signal = t.process->stop_signal != 0 ? t.process->stop_signal : signo::trap;
  ptrace_stop(k, t, stopped_by(signal, ptrace_event_stop), {signal, SignalInfo::stopped});
}

void ptrace_group_continues(Kernel& k, Thread& t, Thread* sender) {
  TraceState& trace = *t.trace;
  if (!std::exchange(trace.listening, false)) return;
  trace.stop_status = stopped_by(signo::trap, ptrace_event_stop);
  trace.info = {signo::trap, SignalInfo::trapped};
  trace.unreported = true;
  trace.tracer->child_exit.wake(k, sender, WaitQueue::all, static_cast<std::uint32_t>(t.tid));
}

// do_fork()
std::int32_t ptrace_clone_event(const Thread& t, std::uint64_t flags) {
  if (!t.trace || (flags & clone_flag::untraced)) return 0;
  const std::int32_t event = flags & clone_flag::vfork       ? event_vfork
                             : (flags & 0xFF) != signo::chld ? event_clone
                                                             : event_fork;
  return wants(*t.trace, event) ? event : 0;
}

void ptrace_clone(const Thread& t, Thread& child) {
  if (!t.trace) return;
  child.trace = std::make_shared<TraceState>();
  child.trace->tracer = t.trace->tracer;
  child.trace->seized = t.trace->seized;
  child.trace->options = t.trace->options;
  child.trace->tracer->tracees.push_back(&child);
  if (child.trace->seized) {
    child.trace->interrupt_requested = true;
    return;
  }
  child.pending |= signal_bit(signo::stop);
  child.signal_queue.push_back({signo::stop, SignalInfo::kernel});
}

bool ptrace_signal(Kernel& k, Thread& t, SignalInfo& info) {
  // What it was resumed with counts, even if that tracer let it go and another one has it by now.
  const std::shared_ptr<TraceState> trace = t.trace;
  ptrace_stop(k, t, stopped_by(info.signal), info);
  if (!trace->tracer) return true;
  if (trace->inject == 0) return false;
  if (trace->inject != info.signal) info = {trace->inject, SignalInfo::user, trace->tracer->pid};
  return true;
}

void ptrace_exec(Kernel& k, Thread& t) {
  if (!t.trace) return;
  if (wants(*t.trace, event_exec)) {
    ptrace_event(k, t, event_exec, static_cast<std::uint64_t>(t.tid));
  } else if (!t.trace->seized) {
    send_signal(k, &t, t, {signo::trap, SignalInfo::user, t.process->pid});
  }
}

void ptrace_exit(Kernel& k, Thread& t, std::int32_t status) {
  if (!t.trace) return;
  ptrace_event(k, t, event_exit, static_cast<std::uint64_t>(status));
  const std::shared_ptr<TraceState> trace = std::exchange(t.trace, nullptr);
  if (!trace) return;  // the tracer is gone
  Process& tracer = *trace->tracer;
  std::erase(tracer.tracees, &t);
  // do_notify_parent() of a tracee goes to its tracer, whoever made it.
  const bool own_child = t.process->parent == &tracer && t.tid == t.process->pid;
  if (!own_child && !tracer.group_exiting)
    tracer.ended_tracees.push_back({t.tid, tracer.namespaces->pid->number(t.tid), t.process->pgid, status});
  tracer.child_exit.wake(k, &t);
}

void ptrace_release_all(Kernel& k, Thread& t, Process& tracer) {
  for (Thread* tracee : std::exchange(tracer.tracees, {})) {
    const std::shared_ptr<TraceState> trace = std::exchange(tracee->trace, nullptr);
    if (!trace) continue;
    trace->stopped = false;
    trace->tracer = nullptr;
    if (trace->options & o_exitkill) {
      send_signal(k, &t, *tracee, {signo::kill, SignalInfo::kernel});
    } else if (tracee->state == RunState::stopped) {
      tracee->state = RunState::uninterruptible;
      k.sched->wake(*tracee, &t);
    }
  }
}

}  // namespace isosim::kernel
