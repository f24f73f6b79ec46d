#include "kernel-model/kernel.h"

#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/futex.h"
#include "kernel-model/process/process.h"

namespace isosim::kernel {

struct Kernel::EntryPaths {
  explicit EntryPaths(const Kernel& k) : syscall(k.path("entry.syscall")) {}
  sim::PathId syscall;
};

Kernel::Kernel(sim::Engine& its_engine, cpu::Cpu& its_cpu, const sim::Catalogue& its_catalogue,
               const sim::Settings& its_settings, std::string prefix)
    : engine(its_engine),
      cpu(its_cpu),
      catalogue(its_catalogue),
      settings(its_settings),
      prefix_(std::move(prefix)),
      unmodelled_(*this),
      paths_(new EntryPaths(*this)) {
  sched = std::make_unique<Scheduler>(*this);
  memory = std::make_unique<MemoryManager>(*this);
  vfs = std::make_unique<Vfs>(*this);
  futexes = std::make_unique<FutexTable>(*this);
  ipc = std::make_unique<IpcState>(*this);
  register_fs_calls(table_);
  register_mm_calls(table_);
  register_process_calls(table_);
  register_signal_calls(table_);
  register_ipc_calls(table_);
  register_misc_calls(table_);
}

Kernel::~Kernel() = default;

sim::PathId Kernel::path(std::string_view name) const {
  return catalogue.find(prefix_ + "." + std::string(name));
}

namespace {

bool signal_due(const Thread& t) {
  return !t.hold_signals && ((t.pending | t.process->shared_pending) & ~t.blocked) != 0;
}

}  // namespace

std::int64_t Kernel::syscall(Thread& t, Sys& s) {
  const sim::Frame frame(*t.task, syscall_name(s.nr));
  cpu.syscall_enter(*t.task);
  t.charge(paths_->syscall);
  const SyscallHandler handler = table_.get(s.nr);
  std::int64_t result = handler ? handler(*this, t, s) : unmodelled_.run(t, s, strict);
  if (t.state == RunState::dead) return result;
  if (signal_due(t) || result <= -ERESTARTSYS_) {
    result = signal_exit_work(*this, t, s, result);
    if (t.state == RunState::dead) return result;
  }
  sched->preemption_point(t);
  cpu.syscall_exit(*t.task);
  return result;
}

void Kernel::compute(Thread& t, sim::Time span) {
  while (span.ps > 0 && t.state != RunState::dead) {
    span = sched->compute(t, span);
    if (signal_due(t)) signal_exit_work(*this, t, Sys{}, 0);
  }
}

std::int64_t Kernel::touch(Thread& t, Address address, std::uint64_t length, bool write) {
  return memory->touch(t, address, length, write);
}

Process& Kernel::create_process(std::string comm) {
  const std::int32_t pid = allocate_pid();
  auto& process = processes[pid] = std::make_unique<Process>(*this, pid, nullptr);
  process->comm = std::move(comm);
  return *process;
}

Thread& Kernel::create_thread(Process& process, std::string name, std::function<void(Thread&)> body) {
  const std::int32_t tid =
      process.threads.empty() && !find_thread(process.pid) ? process.pid : allocate_pid();
  auto& thread = threads[tid] = std::make_unique<Thread>(*this, process, tid, std::move(name));
  thread->body = std::move(body);
  process.threads.push_back(thread.get());
  return *thread;
}

Process* Kernel::find_process(std::int32_t pid) const {
  const auto found = processes.find(pid);
  return found == processes.end() ? nullptr : found->second.get();
}

Thread* Kernel::find_thread(std::int32_t tid) const {
  const auto found = threads.find(tid);
  return found == threads.end() ? nullptr : found->second.get();
}

}  // namespace isosim::kernel
