// Tracing (kernel/ptrace.c): stops that a tracer waits for and ends.
#pragma once

#include <cstdint>

#include "kernel-model/ptrace/trace_state.h"

namespace isosim::kernel {

class Kernel;
class Process;
class Thread;
struct SignalInfo;
struct Sys;

// __ptrace_may_access() with PTRACE_MODE_ATTACH: 0 or -EPERM. For who reads or changes another process.
[[nodiscard]] std::int64_t ptrace_may_access(const Thread& t, const Process& target);

// Sits in a stop until the tracer resumes the thread; `status` as wait4 reports it (0x7F in the low byte).
void ptrace_stop(Kernel& k, Thread& t, std::int32_t status, const SignalInfo& info);

// A call of a tracee that is resumed with PTRACE_SYSEMU does not run: the tracee stops, and the tracer does
// what it means. Returns whether the kernel is to run the call. The other stops of PTRACE_SYSCALL come before
// and after it.
bool ptrace_syscall_enter(Kernel& k, Thread& t, Sys& s);
void ptrace_syscall_exit(Kernel& k, Thread& t);

// What clone() with these flags is to a tracer: a PTRACE_EVENT_*, if it wants to know; else 0.
std::int32_t ptrace_clone_event(const Thread& t, std::uint64_t flags);
// ptrace_init_task(): a thread that a tracee makes with CLONE_PTRACE, or of which its tracer hears, has the
// same tracer, and begins with SIGSTOP; if the tracee was seized, with PTRACE_EVENT_STOP.
void ptrace_clone(const Thread& t, Thread& child);
// ptrace_event(): the stop, if the tracer wants this one. `message`: what PTRACE_GETEVENTMSG tells of it.
void ptrace_event(Kernel& k, Thread& t, std::int32_t event, std::uint64_t message);
inline constexpr std::int32_t ptrace_event_vfork_done = 5, ptrace_event_stop = 128;

// JOBCTL_TRAP_STOP: whether a tracee is to stop for PTRACE_INTERRUPT, and that stop.
[[nodiscard]] bool ptrace_trap_due(const Thread& t);
void ptrace_trap(Kernel& k, Thread& t);
// SIGCONT ends the stop of a group; a tracee that is left in it by PTRACE_LISTEN tells its tracer.
void ptrace_group_continues(Kernel& k, Thread& t, Thread* sender);

// Signal-delivery stop. The tracer may change or suppress the signal; false: suppressed.
bool ptrace_signal(Kernel& k, Thread& t, SignalInfo& info);

// A fault of a tracee: signal and stop in one, which is what a user-level fault handler such as the Sentry's
// waits for.
void ptrace_exec(Kernel& k, Thread& t);
void ptrace_exit(Kernel& k, Thread& t, std::int32_t status);
// The tracer ends: its tracees go on, or die (PTRACE_O_EXITKILL).
void ptrace_release_all(Kernel& k, Thread& t, Process& tracer);

}  // namespace isosim::kernel
