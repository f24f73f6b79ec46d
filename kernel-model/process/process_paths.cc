#include "kernel-model/process/process_paths.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

ProcessPaths::ProcessPaths(const Kernel& k)
    : clone_process(k.path("process.clone")),
      clone_thread(k.path("process.clone_thread")),
      clone_files(k.path("process.clone_files")),
      exit_thread(k.path("process.exit_thread")),
      exit_process(k.path("process.exit")),
      wait(k.path("process.wait")),
      wait_reap(k.path("process.wait_reap")),
      exec(k.path("process.exec")),
      getpid(k.path("process.getpid")),
      id(k.path("process.id")),
      namespaces(k.path("process.namespaces")),
      net_namespace(k.path("process.net_namespace")),
      cgroup_attach(k.path("process.cgroup_attach")),
      cgroup_make(k.path("process.cgroup_make")),
      cgroup_remove(k.path("process.cgroup_remove")),
      cgroup_offline(k.path("process.cgroup_offline")),
      signal_send(k.path("signal.send")),
      signal_get(k.path("signal.get")),
      signal_frame(k.path("signal.frame")),
      signal_return(k.path("signal.return")),
      signal_call(k.path("signal.call")),
      signal_wait(k.path("signal.wait")),
      signalfd(k.path("signal.signalfd")),
      signalfd_read(k.path("signal.signalfd_read")),
      pidfd(k.path("process.pidfd")),
      futex_wait(k.path("futex.wait")),
      futex_wake(k.path("futex.wake")),
      futex_wake_mark(k.path("futex.wake_mark")),
      futex_shared_key(k.path("futex.shared_key")),
      futex_requeue(k.path("futex.requeue")),
      timer_start(k.path("time.hrtimer_start")),
      timer_sleep(k.path("time.nanosleep")),
      timer_call(k.path("time.itimer")),
      timerfd_call(k.path("time.timerfd")),
      timerfd_read(k.path("time.timerfd_read")),
      ptrace_call(k.path("ptrace.call")),
      ptrace_stop(k.path("ptrace.stop")),
      ptrace_regs(k.path("ptrace.regs")) {}

}  // namespace isosim::kernel
