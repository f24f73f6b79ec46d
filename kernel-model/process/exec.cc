// execve, execveat (fs/exec.c: do_execveat_common, flush_old_exec, setup_new_exec).
#include <algorithm>
#include <utility>

#include "kernel-model/fs/mount.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/address_space.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/exit.h"
#include "kernel-model/process/futex.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/process/program_file.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/signal/signal.h"
#include "kernel-model/time/process_timers.h"

namespace isosim::kernel {

namespace {

// de_thread(): the other threads go; the caller takes over the leader's number.
bool de_thread(Kernel& k, Thread& t) {
  Process& process = *t.process;
  for (Thread* other : std::vector<Thread*>(process.threads)) {
    if (other == &t) continue;
    other->killed = true;
    if (other->state == RunState::interruptible || other->state == RunState::stopped) {
      other->state = RunState::uninterruptible;
      k.sched->wake(*other, &t);
    } else {
      k.sched->kick(*other);
    }
  }
  while (process.threads.size() > 1 && !t.killed) {
    process.exit_wait.sleep(k, t, RunState::uninterruptible, WaitQueue::any, true,
                            t.now() + sim::microseconds(50));
  }
  if (t.killed) return false;
  if (t.tid == process.pid) return true;
  if (Thread* leader = k.find_thread(process.pid)) k.procs->release(*leader);
  auto node = k.threads.extract(t.tid);
  process.namespaces->pid->forget(t.tid);
  node.key() = process.pid;
  t.tid = process.pid;
  k.threads.insert(std::move(node));
  return true;
}

// flush_signal_handlers(): what was handled falls back to the default; what was ignored stays so.
void reset_handlers(Process& process) {
  Ref<SignalHandlers> fresh(new SignalHandlers);
  for (std::size_t i = 0; i < fresh->action.size(); ++i)
    if (process.handlers->action[i].kind == SignalAction::Kind::ignore)
      fresh->action[i].kind = SignalAction::Kind::ignore;
  process.handlers = fresh;
}

// What goes with the old program, once its memory is gone.
void forget_old_program(Kernel& k, Thread& t) {
  Process& process = *t.process;
  if (!process.vfork_done) k.futexes->forget(process);
  process.space_id = k.procs->next_space();
  complete_vfork(k, t);
  if (process.timers) process.timers->delete_posix(k);
  reset_handlers(process);
  t.signal_frames.clear();
  t.clear_child_tid = 0;
  t.robust_list = 0;
  t.attributes.rseq = 0;  // rseq_execve
  unshare_and_close_files(k, t);
}

std::int64_t exec(Kernel& k, Thread& t, std::int32_t dfd, const ExecImage& image, std::uint64_t flags) {
  Process& process = *t.process;
  t.charge(k.procs->paths.exec);
  ProgramFile program;
  if (const std::int64_t error = open_program(k, t, dfd, image, flags, program); error != 0) return error;
  // sched_exec(): the best moment to move, nothing is in the caches yet.
  k.sched->exec_balance(t);
  if (!de_thread(k, t)) return -EINTR_;
  if (const std::int64_t error = replace_mm(k, t, program); error != 0) {
    // begin_new_exec() is past the point of no return: the program is gone.
    do_group_exit(k, t, signo::kill);
    return error;
  }
  forget_old_program(k, t);
  const std::string& path = program.name;
  const std::size_t slash = path.rfind('/');
  process.comm = path.substr(slash == std::string::npos ? 0 : slash + 1).substr(0, 15);
  t.name = process.comm;
  process.executable = program.executable;
  process.exe = nullptr;
  if (program.file && program.file->path()) process.exe = std::make_shared<Path>(*program.file->path());
  process.executed = true;
  ptrace_exec(k, t);
  return 0;
}

}  // namespace

bool leave_program(Kernel& k, Thread& t) {
  if (!de_thread(k, t)) return false;
  k.memory->exit(t, *t.process);
  forget_old_program(k, t);
  return true;
}

std::int64_t sys_execve(Kernel& k, Thread& t, Sys& s) {
  const auto* image = s.get<ExecImage>(0);
  return image ? exec(k, t, -100, *image, 0) : -EFAULT_;  // AT_FDCWD
}

// The image is argument 0's payload here too; the path is relative to the descriptor in argument 0.
std::int64_t sys_execveat(Kernel& k, Thread& t, Sys& s) {
  const auto* image = s.get<ExecImage>(0);
  return image ? exec(k, t, s.fd(0), *image, s.u64(4)) : -EFAULT_;
}

}  // namespace isosim::kernel
