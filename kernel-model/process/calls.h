// The handlers of process calls, by the file they are in.
#pragma once

#include "kernel-model/abi/syscall.h"

namespace isosim::kernel {

class Kernel;
class SyscallTable;

// clone.cc
std::int64_t sys_clone(Kernel& k, Thread& t, Sys& s);
std::int64_t sys_fork(Kernel& k, Thread& t, Sys& s);
std::int64_t sys_vfork(Kernel& k, Thread& t, Sys& s);
std::int64_t sys_clone3(Kernel& k, Thread& t, Sys& s);
// wait.cc
std::int64_t sys_wait4(Kernel& k, Thread& t, Sys& s);
std::int64_t sys_waitid(Kernel& k, Thread& t, Sys& s);
// exec.cc
std::int64_t sys_execve(Kernel& k, Thread& t, Sys& s);
std::int64_t sys_execveat(Kernel& k, Thread& t, Sys& s);
// unshare.cc
std::int64_t sys_unshare(Kernel& k, Thread& t, Sys& s);
std::int64_t sys_setns(Kernel& k, Thread& t, Sys& s);

// Each registers its own.
void register_id_calls(SyscallTable& table);     // ids.cc
void register_futex_calls(SyscallTable& table);  // futex_calls.cc
void register_timer_calls(SyscallTable& table);  // time/
void register_posix_timer_calls(SyscallTable& table);
void register_timerfd_calls(SyscallTable& table);
void register_ptrace_call(SyscallTable& table);
void register_pidfd_calls(SyscallTable& table);

}  // namespace isosim::kernel
