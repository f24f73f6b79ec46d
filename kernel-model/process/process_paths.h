// The paths of process, signal, futex, timer and ptrace calls.
#pragma once

#include "sim/path.h"

namespace isosim::kernel {

class Kernel;

struct ProcessPaths {
  explicit ProcessPaths(const Kernel& k);
  sim::PathId clone_process, clone_thread, clone_files, exit_thread, exit_process, wait, wait_reap, exec,
      getpid, id, namespaces, net_namespace, cgroup_attach, cgroup_make, cgroup_remove, cgroup_offline;
  sim::PathId signal_send, signal_get, signal_frame, signal_return, signal_call, signal_wait, signalfd,
      signalfd_read, pidfd;
  sim::PathId futex_wait, futex_wake, futex_wake_mark, futex_shared_key, futex_requeue;
  sim::PathId timer_start, timer_sleep, timer_call, timerfd_call, timerfd_read;
  sim::PathId ptrace_call, ptrace_stop, ptrace_regs;
};

}  // namespace isosim::kernel
