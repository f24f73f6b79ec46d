// fork, vfork, clone, clone3 (kernel/fork.c: copy_process, _do_fork).
#include "kernel-model/fs/fs_context.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/address_space.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/futex.h"
#include "kernel-model/process/pidfd.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/sched/completion.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

constexpr int cap_sys_admin = 21;

std::int64_t check_flags(const Thread& t, std::uint64_t flags) {
  using namespace clone_flag;
  if ((flags & (newns | fs)) == (newns | fs) || (flags & (newuser | fs)) == (newuser | fs)) return -EINVAL_;
  if ((flags & thread) && !(flags & sighand)) return -EINVAL_;
  if ((flags & sighand) && !(flags & vm)) return -EINVAL_;
  if ((flags & thread) && (flags & (newuser | newpid))) return -EINVAL_;
  const bool admin = (t.process->credentials.capabilities >> cap_sys_admin & 1) != 0;
  if ((flags & new_any & ~newuser) && !(flags & newuser) && !admin) return -EPERM_;
  return 0;
}

void copy_fs(Process& child, const Process& parent, std::uint64_t flags) {
  child.fs = parent.fs;
  if (!(flags & clone_flag::fs) && parent.fs) child.fs = std::make_shared<FsContext>(*parent.fs);
  if ((flags & clone_flag::newns) && child.fs) child.fs->unshare_mounts();
}

// sched_fork(): SCHED_RESET_ON_FORK.
void reset_policy(Kernel& k, Thread& child) {
  ThreadAttributes& a = child.attributes;
  const bool urgent = sched_policy::real_time(a.policy) || a.policy == sched_policy::deadline;
  if (urgent) a.policy = a.rt_priority = 0;
  a.reset_on_fork = false;
  k.sched->set_nice(child, urgent ? 0 : std::max(child.se.nice, 0));
}

Process& copy_process(Kernel& k, Thread& t, std::uint64_t flags) {
  Process& parent = *t.process;
  Process& child = k.create_process(parent.comm);
  child.parent = (flags & clone_flag::parent) ? parent.parent : &parent;
  if (child.parent) child.parent->children.push_back(&child);
  child.pgid = parent.pgid;
  child.sid = parent.sid;
  child.terminal = parent.terminal;
  child.pty = parent.pty;
  child.executable = parent.executable;
  child.exe = parent.exe;
  child.exit_signal = static_cast<int>(flags & 0xFF);
  child.credentials = parent.credentials;
  child.limits = parent.limits;
  child.attributes = parent.attributes;
  child.attributes.parent_death_signal = 0;
  child.attributes.child_subreaper = false;
  child.seccomp = parent.seccomp;
  child.cgroup = parent.cgroup;
  child.namespaces = parent.namespaces;
  if (flags & clone_flag::new_any) {
    child.namespaces = std::make_shared<Namespaces>(*parent.namespaces);
    child.namespaces->renew(flags, t);
  }
  if (child.namespaces->pid != child.namespaces->pid_for_children) {
    child.namespaces = std::make_shared<Namespaces>(*child.namespaces);
    child.namespaces->pid = child.namespaces->pid_for_children;
    if (!child.namespaces->pid->init) child.namespaces->pid->init = &child;
  }
  if (flags & clone_flag::files) {
    child.files = parent.files;
  } else if (parent.files) {
    t.charge(k.procs->paths.clone_files, static_cast<std::uint64_t>(parent.files->open_count()));
    child.files = parent.files->clone();
  }
  if (flags & clone_flag::sighand) {
    child.handlers = parent.handlers;
  } else {
    child.handlers = Ref<SignalHandlers>(new SignalHandlers);
    child.handlers->action = parent.handlers->action;
  }
  copy_fs(child, parent, flags);
  copy_mm(k, t, child, (flags & clone_flag::vm) != 0);
  return child;
}

std::int64_t do_clone(Kernel& k, Thread& t, Sys& s, std::uint64_t flags, Address child_tid) {
  const auto* entry = s.get<ChildEntry>(0);
  if (const std::int64_t error = check_flags(t, flags); error != 0) return error;
  if (t.process->cgroup && !t.process->cgroup->may_add_task()) return -EAGAIN_;
  if (signal_pending(t)) return -ERESTARTNOINTR_;
  if (t.attributes.policy == sched_policy::deadline && !t.attributes.reset_on_fork)
    return -EAGAIN_;  // sched_fork()
  const bool thread = (flags & clone_flag::thread) != 0;
  t.charge(thread ? k.procs->paths.clone_thread : k.procs->paths.clone_process);
  Process& process = thread ? *t.process : copy_process(k, t, flags);
  std::function<void(Thread&)> body;
  if (entry) body = entry->run;
  Thread& child = k.create_thread(process, t.name, std::move(body));
  child.affinity = t.affinity;
  child.blocked = t.blocked;
  child.timer_slack = t.timer_slack;
  child.attributes = t.attributes;
  if (flags & clone_flag::vm) child.attributes.rseq = 0;  // rseq_fork
  child.se.nice = t.se.nice;
  child.se.weight = t.se.weight;
  if (t.attributes.reset_on_fork) reset_policy(k, child);
  if (flags & clone_flag::child_cleartid) child.clear_child_tid = child_tid;
  if ((flags & clone_flag::child_settid) && process.mm == t.process->mm)
    k.futexes->store(process, child_tid, static_cast<std::uint32_t>(child.tid));
  process.namespaces->pid->allocate(child.tid);
  if (flags & clone_flag::pidfd) s.out.value = static_cast<std::uint64_t>(install_pidfd(k, t, process));
  std::shared_ptr<Completion> vfork;
  if (flags & clone_flag::vfork) process.vfork_done = vfork = std::make_shared<Completion>();
  const std::int32_t event = ptrace_clone_event(t, flags);
  if (event != 0 || (flags & clone_flag::ptrace)) ptrace_clone(t, child);
  const std::int32_t number = t.process->namespaces->pid->number(child.tid);
  const auto message = static_cast<std::uint64_t>(child.tid);
  k.sched->start(child, &t);
  if (event != 0) ptrace_event(k, t, event, message);
  // wait_for_vfork_done(): killable only.
  if (vfork) {
    vfork->queue.wait_event(k, t, [&] { return vfork->done() || t.killed; });
    ptrace_event(k, t, ptrace_event_vfork_done, message);
  }
  return number;
}

}  // namespace

std::int64_t sys_clone(Kernel& k, Thread& t, Sys& s) { return do_clone(k, t, s, s.u64(0), s.u64(3)); }
std::int64_t sys_fork(Kernel& k, Thread& t, Sys& s) { return do_clone(k, t, s, signo::chld, 0); }
std::int64_t sys_vfork(Kernel& k, Thread& t, Sys& s) {
  return do_clone(k, t, s, clone_flag::vfork | clone_flag::vm | signo::chld, 0);
}
// arg[0] holds the flags of struct clone_args, with the exit signal in the low byte as clone has it; the
// address of the child's tid is in the entry.
std::int64_t sys_clone3(Kernel& k, Thread& t, Sys& s) {
  const auto* entry = s.get<ChildEntry>(0);
  return do_clone(k, t, s, s.u64(0), entry ? entry->child_tid : 0);
}

}  // namespace isosim::kernel
