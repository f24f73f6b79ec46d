// Sending signals, waiting for them, taking them (kernel/signal.c).
#pragma once

#include <cstdint>

#include "kernel-model/abi/errno.h"
#include "kernel-model/process/process.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/sched/thread.h"
#include "kernel-model/signal/signal_info.h"

namespace isosim::kernel {

struct Sys;

// Whether a call that blocks must end with an -ERESTART code.
[[nodiscard]] inline bool signal_pending(const Thread& t) {
  return t.killed || (t.trace && ptrace_trap_due(t)) ||
         ((!t.hold_signals || t.may_interrupt) &&
          ((t.pending | t.process->shared_pending) & ~t.blocked) != 0);
}

// Whether a stop of the group holds this thread: a tracee runs on once its tracer saw the stop.
[[nodiscard]] bool stops_with_group(const Thread& t);

// Whether the way back to user mode has something to deliver.
[[nodiscard]] inline bool signal_due(const Thread& t) {
  return t.killed || (t.trace && ptrace_trap_due(t)) ||
         (t.process->stop_signal != 0 && stops_with_group(t)) ||
         (!t.hold_signals && ((t.pending | t.process->shared_pending) & ~t.blocked) != 0);
}

[[nodiscard]] constexpr bool is_restart(std::int64_t result) {
  return result <= -ERESTARTSYS_ && result >= -ERESTART_RESTARTBLOCK_;
}

// send_signal(): to one thread, or to the process (any of its threads takes it). `sender` pays; null in
// interrupt context and for signals from outside the simulation.
void send_signal(Kernel& k, Thread* sender, Thread& target, SignalInfo info);
void send_signal(Kernel& k, Thread* sender, Process& target, SignalInfo info);

// force_sig_info(): a fault's signal, which neither mask nor SIG_IGN holds back.
void force_signal(Kernel& k, Thread& t, SignalInfo info);

// Whether `sender` may signal `target` (kill_ok_by_cred): 0 or -EPERM.
std::int64_t may_signal(const Thread& sender, const Process& target, int signal);

// dequeue_signal(): the lowest pending signal of `mask`, synchronous ones first; signal 0 if there is none.
SignalInfo dequeue_signal(Thread& t, std::uint64_t mask);
[[nodiscard]] inline std::uint64_t pending_signals(const Thread& t) {
  return t.pending | t.process->shared_pending;
}

// A replayed program's side. take_signal(): sleeps until `signal` is pending for the thread and delivers it:
// the action that is set decides what it costs and does; a handler's calls then come from the program, up to
// rt_sigreturn. Returns false if the thread was killed meanwhile, or somebody gave up waiting for it (wake).
bool take_signal(Kernel& k, Thread& t, int signal);
// The next blocking call is to end with -ERESTARTSYS or its kin when a signal comes, although signals are
// held.
inline void allow_interrupt(Thread& t, bool allow) { t.may_interrupt = allow; }

// What a default action does.
enum class DefaultAction : std::uint8_t { terminate, ignore, core, stop, resume };
[[nodiscard]] DefaultAction default_action(int signal);

void set_blocked(Kernel& k, Thread& t, std::uint64_t mask);

// rt_sigreturn: back to the mask from before the handler. Returns what was in rax then.
std::int64_t sigreturn(Kernel& k, Thread& t);

}  // namespace isosim::kernel
