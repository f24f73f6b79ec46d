// Who a process is, and its process group and session (kernel/sys.c).
#include "kernel-model/kernel.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

namespace {

const PidNamespace& pids(const Thread& t) { return *t.process->namespaces->pid; }

Process* process_by_number(Kernel& k, const Thread& t, std::int32_t number) {
  return number == 0 ? t.process : k.find_process(pids(t).id(number));
}

std::int64_t sys_setpgid(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.id);
  Process* target = process_by_number(k, t, s.fd(0));
  if (s.fd(1) < 0 || (s.fd(1) == 0 && s.fd(0) < 0)) return -EINVAL_;  // 0: the process's own number
  if (!target) return -ESRCH_;
  const std::int32_t pgid = s.fd(1) == 0 ? target->pid : pids(t).id(s.fd(1));
  if (target->parent == t.process) {
    if (target->sid != t.process->sid) return -EPERM_;
    if (target->executed) return -EACCES_;
  } else if (target != t.process) {
    return -ESRCH_;
  }
  if (target->sid == target->pid) return -EPERM_;
  if (pgid != target->pid) {
    bool exists = false;
    for (const auto& [pid, other] : k.processes)
      exists |= other->pgid == pgid && other->sid == t.process->sid;
    if (!exists) return -EPERM_;
  }
  target->pgid = pgid;
  return 0;
}

std::int64_t sys_setsid(Kernel& k, Thread& t, Sys&) {
  t.charge(k.procs->paths.id);
  for (const auto& [pid, other] : k.processes)
    if (other->pgid == t.process->pid) return -EPERM_;
  t.process->sid = t.process->pgid = t.process->pid;
  t.process->terminal = false;  // proc_clear_tty
  t.process->pty = nullptr;
  return pids(t).number(t.process->pid);
}

}  // namespace

void register_id_calls(SyscallTable& table) {
  table.set(nr::getpid, [](Kernel& k, Thread& t, Sys&) -> std::int64_t {
    t.charge(k.procs->paths.getpid);
    return pids(t).number(t.process->pid);
  });
  table.set(nr::gettid, [](Kernel& k, Thread& t, Sys&) -> std::int64_t {
    t.charge(k.procs->paths.getpid);
    return pids(t).number(t.tid);
  });
  table.set(nr::getppid, [](Kernel& k, Thread& t, Sys&) -> std::int64_t {
    t.charge(k.procs->paths.getpid);
    return t.process->parent ? pids(t).number(t.process->parent->pid) : 0;
  });
  table.set(nr::getpgrp, [](Kernel& k, Thread& t, Sys&) -> std::int64_t {
    t.charge(k.procs->paths.getpid);
    return pids(t).number(t.process->pgid);
  });
  table.set(nr::getpgid, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    t.charge(k.procs->paths.id);
    const Process* target = process_by_number(k, t, s.fd(0));
    return target ? pids(t).number(target->pgid) : -ESRCH_;
  });
  table.set(nr::getsid, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    t.charge(k.procs->paths.id);
    const Process* target = process_by_number(k, t, s.fd(0));
    return target ? pids(t).number(target->sid) : -ESRCH_;
  });
  table.set(nr::setpgid, sys_setpgid);
  table.set(nr::setsid, sys_setsid);
}

}  // namespace isosim::kernel
