// The groups of calls that misc/ registers.
#pragma once

#include "kernel-model/entry/syscall_table.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

void register_identity_calls(SyscallTable& table);
void register_limit_calls(SyscallTable& table);
void register_policy_calls(SyscallTable& table);
void register_prctl_calls(SyscallTable& table);
void register_scheduling_calls(SyscallTable& table);
void register_shm_calls(SyscallTable& table);
void register_semaphore_calls(SyscallTable& table);
void register_message_queue_calls(SyscallTable& table);
void register_memory_policy_calls(SyscallTable& table);
void register_system_calls(SyscallTable& table);
void register_thread_calls(SyscallTable& table);
void register_time_calls(SyscallTable& table);

// The process that a pid argument names, 0 being the caller's; null: ESRCH.
Process* process_argument(Kernel& k, Thread& t, std::uint64_t pid);
// The same for calls that name a thread.
Thread* thread_argument(Kernel& k, Thread& t, std::uint64_t tid);
// Whether the caller may act on another process's scheduling or limits without capabilities: same user.
bool same_user(const Process& caller, const Process& target);

// Installs a filter for seccomp(2) and prctl(PR_SET_SECCOMP).
std::int64_t install_seccomp(Kernel& k, Thread& t, Sys& s, int program_argument, std::uint64_t mode);

}  // namespace isosim::kernel
