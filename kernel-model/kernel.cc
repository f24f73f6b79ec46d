#include "kernel-model/kernel.h"

#include "kernel-model/entry/newer_calls.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/futex.h"
#include "kernel-model/process/process.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/process/seccomp.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/sched/cfs.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

constexpr int kSigSys = 31;

const sim::Param bpf_jit{"kernel.bpf_jit",
                         "bool",
                         0,
                         1,
                         1,
                         "seccomp filters run as machine code, not interpreted",
                         "CONFIG_BPF_JIT_ALWAYS_ON, the distributions' answer to Spectre variant 2 (Linux "
                         "290af86629b2, in 4.4.115); before, net.core.bpf_jit_enable was off by default"};
const sim::Param use_seccomp_cache{"kernel.seccomp_cache",
                                   "bool",
                                   0,
                                   1,
                                   0,
                                   "calls that all filters allow whatever their arguments skip the filters",
                                   "Linux 5.11 (seccomp/cache); not in 4.4 or 5.4"};

const sim::Param seccomp_before_ptrace{
    "kernel.seccomp_before_ptrace",
    "bool",
    0,
    1,
    1,
    "a traced thread's call passes its seccomp filters before its tracer sees it",
    "Linux up to 4.7; 93e35efb8de4 (4.8) turned the order round"};

}  // namespace

struct Kernel::EntryPaths {
  explicit EntryPaths(const Kernel& k)
      : syscall(k.path("entry.syscall")),
        seccomp(k.path("entry.seccomp")),
        seccomp_filter(k.path("entry.seccomp_filter")),
        bpf(k.path(k.settings.flag(bpf_jit) ? "entry.bpf_jit" : "entry.bpf_interpreter")) {
    if (k.settings.flag(use_seccomp_cache)) seccomp_cache = k.path("entry.seccomp_cache");
    seccomp_first = k.settings.flag(seccomp_before_ptrace);
  }
  sim::PathId syscall, seccomp, seccomp_filter, bpf;
  std::optional<sim::PathId> seccomp_cache;
  bool seccomp_first = false;
};

Kernel::Kernel(sim::Engine& its_engine, cpu::Cpu& its_cpu, const sim::Catalogue& its_catalogue,
               const sim::Settings& its_settings, std::string prefix, const KernelParts& parts)
    : engine(its_engine),
      cpu(its_cpu),
      catalogue(its_catalogue),
      settings(its_settings),
      timers_run_on(parts.timers_run_on),
      prefix_(std::move(prefix)),
      unmodelled_(*this),
      paths_(new EntryPaths(*this)) {
  sched = parts.scheduler ? parts.scheduler(*this) : std::make_unique<CfsScheduler>(*this);
  memory = parts.memory ? parts.memory(*this) : std::make_unique<MemoryManager>(*this);
  vfs = std::make_unique<Vfs>(*this);
  futexes = std::make_unique<FutexTable>(*this);
  ipc = std::make_unique<IpcState>(*this);
  misc = std::make_unique<MiscState>(*this);
  procs = std::make_unique<ProcessTable>(*this);
  register_fs_calls(table_);
  register_mm_calls(table_);
  register_process_calls(table_);
  register_signal_calls(table_);
  register_ipc_calls(table_);
  register_misc_calls(table_);
  refuse_newer_calls(table_);
}

Kernel::~Kernel() = default;

sim::PathId Kernel::path(std::string_view name) const {
  return catalogue.find(prefix_ + "." + std::string(name));
}

// What a filter's verdict makes of the call (__seccomp_filter). Nothing: the call goes on.
std::optional<std::int64_t> Kernel::seccomp(Thread& t, const Sys& s) {
  const SeccompVerdict verdict = t.process->seccomp->evaluate(s);
  t.task->accrue(paths_->seccomp);
  if (paths_->seccomp_cache && verdict.constant() && verdict.action() == seccomp_ret::allow) {
    t.charge(*paths_->seccomp_cache);
    return std::nullopt;
  }
  t.task->accrue(paths_->seccomp_filter, verdict.filters);
  t.charge(paths_->bpf, verdict.instructions);
  switch (verdict.action()) {
    case seccomp_ret::allow:
    case seccomp_ret::log:
      return std::nullopt;
    case seccomp_ret::error:
      return -static_cast<std::int64_t>(std::min(verdict.data(), 4095u));
    case seccomp_ret::trap:
      force_signal(*this, t, kSigSys);
      return -ENOSYS_;
    case seccomp_ret::trace:
      return -ENOSYS_;  // no tracer is attached (PTRACE_EVENT_SECCOMP)
    case seccomp_ret::kill_process:
      exit_by_signal(*this, t, kSigSys, true);
      return -ENOSYS_;
    default:
      exit_by_signal(*this, t, kSigSys, false);
      return -ENOSYS_;
  }
}

bool Kernel::enter_call(Thread& t, Sys& s, std::int64_t& refused_result) {
  cpu.syscall_enter(*t.task);
  std::optional<std::int64_t> refused;
  const bool filter_first = !t.trace || paths_->seccomp_first;
  if (t.process->seccomp && filter_first) {
    t.task->accrue(paths_->syscall);
    refused = seccomp(t, s);
  } else {
    t.charge(paths_->syscall);
  }
  if (t.trace && t.state != RunState::dead) [[unlikely]] {
    t.trace->rax = refused.value_or(-ENOSYS_);
    if (!ptrace_syscall_enter(*this, t, s) && !refused) refused = -ENOSYS_;
    if (t.process->seccomp && !filter_first && !refused) refused = seccomp(t, s);
  }
  if (refused) refused_result = *refused;
  return !refused;
}

std::int64_t Kernel::leave_call(Thread& t, Sys& s, std::int64_t result) {
  if (t.state == RunState::dead) return result;
  if (t.trace) ptrace_syscall_exit(*this, t);
  t.last_call = s.nr;
  t.last_result = result;
  if (signal_due(t) || is_restart(result)) {
    result = signal_exit_work(*this, t, s, result);
    if (t.state == RunState::dead) return result;
  }
  sched->preemption_point(t);
  cpu.syscall_exit(*t.task);
  return result;
}

std::int64_t Kernel::syscall(Thread& t, Sys& s) {
  const sim::Frame frame(*t.task, syscall_name(s.nr));
  std::int64_t result = -ENOSYS_;
  if (enter_call(t, s, result)) result = dispatch(t, s);
  return leave_call(t, s, result);
}

void Kernel::compute(Thread& t, sim::Time span) {
  while (span.ps > 0 && t.state != RunState::dead) {
    span = sched->compute(t, span);
    Sys none;
    if (signal_due(t)) signal_exit_work(*this, t, none, 0);
  }
}

std::int64_t Kernel::touch(Thread& t, Address address, std::uint64_t length, bool write) {
  return memory->touch(t, address, length, write);
}

Process& Kernel::create_process(std::string comm) {
  const std::int32_t pid = allocate_pid();
  auto& process = processes[pid] = std::make_unique<Process>(*this, pid, nullptr);
  process->comm = std::move(comm);
  process->space_id = procs->next_space();
  process->namespaces = procs->initial_namespaces;
  process->cgroup = procs->root_cgroup;
  return *process;
}

Thread& Kernel::create_thread(Process& process, std::string name, std::function<void(Thread&)> body) {
  const std::int32_t tid =
      process.threads.empty() && !find_thread(process.pid) ? process.pid : allocate_pid();
  auto& thread = threads[tid] = std::make_unique<Thread>(*this, process, tid, std::move(name));
  thread->body = std::move(body);
  process.threads.push_back(thread.get());
  if (process.cgroup) process.cgroup->charge_task();
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
