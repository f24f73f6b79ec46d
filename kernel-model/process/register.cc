#include "kernel-model/kernel.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/exit.h"

namespace isosim::kernel {

void register_process_calls(SyscallTable& table) {
  table.set(nr::clone, sys_clone);
  table.set(nr::clone3, sys_clone3);
  table.set(nr::fork, sys_fork);
  table.set(nr::vfork, sys_vfork);
  table.set(nr::execve, sys_execve);
  table.set(nr::execveat, sys_execveat);
  table.set(nr::wait4, sys_wait4);
  table.set(nr::waitid, sys_waitid);
  table.set(nr::unshare, sys_unshare);
  table.set(nr::setns, sys_setns);
  table.set(nr::sched_yield, [](Kernel& k, Thread& t, Sys&) -> std::int64_t {
    k.sched->yield(t);
    return 0;
  });
  table.set(nr::exit, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    do_exit(k, t, (s.fd(0) & 0xFF) << 8);
    return 0;
  });
  table.set(nr::exit_group, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    do_group_exit(k, t, (s.fd(0) & 0xFF) << 8);
    return 0;
  });
  register_id_calls(table);
  register_futex_calls(table);
  register_timer_calls(table);
  register_timerfd_calls(table);
  register_ptrace_call(table);
  register_pidfd_calls(table);
}

}  // namespace isosim::kernel
