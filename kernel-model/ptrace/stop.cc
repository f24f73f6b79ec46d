// The tracee's side.
#include <algorithm>
#include <utility>

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t o_tracesysgood = 1, o_traceexec = 16, o_traceexit = 64, o_exitkill = 1 << 20;
constexpr std::int32_t event_exec = 4, event_exit = 6, event_stop = 128;

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
  if (t.trace && std::exchange(t.trace->interrupt_requested, false))
    ptrace_stop(k, t,
                stopped_by(t.trace->seized ? signo::trap : signo::stop, t.trace->seized ? event_stop : 0),
                {signo::trap, SignalInfo::trapped});
}

void ptrace_clone(const Thread& t, Thread& child) {
  if (!t.trace) return;
  child.trace = std::make_shared<TraceState>();
  child.trace->tracer = t.trace->tracer;
  child.trace->seized = t.trace->seized;
  child.trace->options = t.trace->options;
  child.trace->tracer->tracees.push_back(&child);
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
  if (t.trace->options & o_traceexec) {
    ptrace_stop(k, t, stopped_by(signo::trap, event_exec), {signo::trap, SignalInfo::trapped});
  } else if (!t.trace->seized) {
    send_signal(k, &t, t, {signo::trap, SignalInfo::user, t.process->pid});
  }
}

void ptrace_exit(Kernel& k, Thread& t, std::int32_t status) {
  if (!t.trace) return;
  if (t.trace->options & o_traceexit)
    ptrace_stop(k, t, stopped_by(signo::trap, event_exit), {signo::trap, SignalInfo::exited, 0, 0, status});
  const std::shared_ptr<TraceState> trace = std::exchange(t.trace, nullptr);
  if (!trace) return;  // the tracer is gone
  std::erase(trace->tracer->tracees, &t);
  trace->tracer->child_exit.wake(k, &t);
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
