// sys_call_table: a handler a number. Each subsystem registers its own.
#pragma once

#include <array>
#include <initializer_list>

#include "kernel-model/abi/syscall.h"
#include "kernel-model/abi/syscall_names.h"

namespace isosim::kernel {

class Kernel;

// Runs in the caller's context, after entry and seccomp; returns a result or a negative errno.
using SyscallHandler = std::int64_t (*)(Kernel& k, Thread& t, Sys& s);

class SyscallTable {
 public:
  void set(SysNr nr, SyscallHandler handler) { handlers_[nr] = handler; }
  [[nodiscard]] SyscallHandler get(SysNr nr) const { return nr < kSyscallLimit ? handlers_[nr] : nullptr; }

 private:
  std::array<SyscallHandler, kSyscallLimit> handlers_{};
};

// One a subsystem; Kernel's constructor calls them all.
void register_fs_calls(SyscallTable& table);
void register_mm_calls(SyscallTable& table);
void register_process_calls(SyscallTable& table);
void register_signal_calls(SyscallTable& table);
void register_ipc_calls(SyscallTable& table);
void register_misc_calls(SyscallTable& table);

// On the way back to user mode with a signal that is pending and not blocked (exit_to_user_mode_loop,
// do_signal): delivers what is due, and turns a kernel-internal -ERESTART* into what user mode sees. Returns
// the final result.
std::int64_t signal_exit_work(Kernel& k, Thread& t, Sys& s, std::int64_t result);

// force_sig: a signal that the thread cannot block or ignore; the next way out to user mode delivers it.
void force_signal(Kernel& k, Thread& t, int signal);

// do_exit or do_group_exit with a signal's status, in the dying thread's context.
void exit_by_signal(Kernel& k, Thread& t, int signal, bool whole_group);

}  // namespace isosim::kernel
