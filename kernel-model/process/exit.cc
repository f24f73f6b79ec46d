#include "kernel-model/process/exit.h"

#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/address_space.h"
#include "kernel-model/process/futex.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/sched/completion.h"
#include "kernel-model/signal/signal.h"
#include "kernel-model/time/process_timers.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t sa_nocldwait = 2;

// forget_original_parent(): to the nearest subreaper above in the same pid name space, else to its init.
// Without either, nobody waits for the children: they are reaped as init would.
Process* new_parent(const Process& dying) {
  for (Process* p = dying.parent; p; p = p->parent)
    if (p->attributes.child_subreaper && !p->threads.empty()) return p;
  Process* init = dying.namespaces ? dying.namespaces->pid->init : nullptr;
  return init != &dying ? init : nullptr;
}

void reparent_children(Kernel& k, Thread& t, Process& dying) {
  Process* reaper = new_parent(dying);
  for (Process* child : std::vector<Process*>(dying.children)) {
    child->parent = reaper;
    child->exit_signal = signo::chld;  // reparent_leader(): who adopts it did not choose its signal
    if (child->attributes.parent_death_signal != 0)
      send_signal(k, &t, *child, {child->attributes.parent_death_signal, SignalInfo::user, dying.pid});
    if (reaper) {
      reaper->children.push_back(child);
      if (child->zombie) reaper->child_exit.wake(k, &t);
    } else if (child->zombie) {
      k.procs->release(*child);
    }
  }
  dying.children.clear();
}

// zap_pid_ns_processes(): with its init the name space ends.
void kill_namespace(Kernel& k, Thread& t, const PidNamespace& ns) {
  std::vector<Process*> members;
  for (const auto& [pid, process] : k.processes)
    if (process->namespaces && process.get() != t.process && ns.contains(*process->namespaces->pid))
      members.push_back(process.get());
  for (Process* process : members) send_signal(k, &t, *process, {signo::kill, SignalInfo::kernel});
}

bool parent_ignores(const Process& process) {
  if (process.exit_signal != signo::chld || !process.parent) return false;
  const SignalAction& action = process.parent->handlers->action[signo::chld - 1];
  return action.kind == SignalAction::Kind::ignore || (action.flags & sa_nocldwait) != 0;
}

// What the last thread of a group does.
void exit_process(Kernel& k, Thread& t, std::int32_t status) {
  Process& process = *t.process;
  t.charge(k.procs->paths.exit_process);
  if (process.timers) process.timers->cancel_all(k);
  drop_mm(k, t, process);
  process.namespaces->ipc->semaphores.exit(k, t);
  complete_vfork(k, t);
  drop_files(k, t, process);
  process.exe = nullptr;
  Namespaces::leave(t);
  if (process.namespaces && process.namespaces->pid->init == &process)
    kill_namespace(k, t, *process.namespaces->pid);
  ptrace_release_all(k, t, process);
  reparent_children(k, t, process);
  process.exit_status = process.group_exiting ? process.group_exit_status : status;
  process.zombie = true;
  const bool by_signal = (process.exit_status & 0x7F) != 0;
  const std::int32_t code = !by_signal                          ? SignalInfo::exited
                            : (process.exit_status & 0x80) != 0 ? SignalInfo::dumped
                                                                : SignalInfo::killed;
  notify_parent(k, t, code, by_signal ? process.exit_status & 0x7F : process.exit_status >> 8 & 0xFF);
  process.exit_wait.wake(k, &t);
}

}  // namespace

void complete_vfork(Kernel& k, Thread& t) {
  if (const auto vfork = std::exchange(t.process->vfork_done, nullptr)) vfork->complete(k, &t);
}

void notify_parent(Kernel& k, Thread& t, std::int32_t code, std::int32_t status) {
  Process& process = *t.process;
  Process* parent = process.parent;
  if (!parent) return;
  const bool exit = code == SignalInfo::exited || code == SignalInfo::killed || code == SignalInfo::dumped;
  constexpr std::uint64_t sa_nocldstop = 1;
  const bool wants =
      exit || !parent->handlers || (parent->handlers->action[signo::chld - 1].flags & sa_nocldstop) == 0;
  const int signal = exit ? process.exit_signal : wants ? signo::chld : 0;
  if (signal != 0 && !parent->threads.empty())
    send_signal(k, &t, *parent, {signal, code, process.pid, process.credentials.uid, status});
  parent->child_exit.wake(k, &t, WaitQueue::all, static_cast<std::uint32_t>(process.pid));
}

void do_exit(Kernel& k, Thread& t, std::int32_t status) {
  Process& process = *t.process;
  t.charge(k.procs->paths.exit_thread);
  t.exit_status = status;
  // mm_release(): the word that pthread_join waits on, as long as somebody shares the memory.
  if (t.clear_child_tid != 0 && (process.threads.size() > 1 || process.vfork_done))
    k.futexes->clear_child_tid(t);
  ptrace_exit(k, t, status);
  const bool last = process.threads.size() == 1;
  if (last) exit_process(k, t, status);
  process.runtime_of_dead += k.sched->runtime(t);
  std::erase(process.threads, &t);
  // A leader stays in the table: its number names the process until that is waited for. The others go by
  // themselves.
  const bool leader = t.tid == process.pid;
  const bool nobody_waits = process.zombie && (!process.parent || parent_ignores(process));
  k.sched->exit(t);
  if (!leader) {
    if (process.namespaces) process.namespaces->pid->forget(t.tid);
    k.procs->release(t);
  }
  if (nobody_waits) k.procs->release(process);
}

void do_group_exit(Kernel& k, Thread& t, std::int32_t status) {
  Process& process = *t.process;
  if (!process.group_exiting) {
    process.group_exiting = true;
    process.group_exit_status = status;
    for (Thread* other : std::vector<Thread*>(process.threads)) {
      if (other == &t) continue;
      send_signal(k, &t, *other, {signo::kill, SignalInfo::kernel});
    }
  }
  do_exit(k, t, process.group_exit_status);
}

void exit_by_signal(Kernel& k, Thread& t, int signal, bool whole_group) {
  if (whole_group) {
    do_group_exit(k, t, signal);
  } else {
    do_exit(k, t, signal);
  }
}

void thread_returned(Thread& t) {
  if (t.state != RunState::dead)
    do_exit(t.kernel, t, t.process->group_exiting ? t.process->group_exit_status : 0);
}

}  // namespace isosim::kernel
