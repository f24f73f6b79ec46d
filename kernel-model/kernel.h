// The Linux model. One class, several places: on the bare CPU it is the host, on a vCPU the guest kernel of a
// microVM; with parts and path costs of its own it is the state of a kernel that speaks Linux's interface.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/cpu.h"
#include "kernel-model/abi/syscall.h"
#include "kernel-model/entry/syscall_table.h"
#include "kernel-model/entry/unmodelled.h"
#include "kernel-model/process/process.h"
#include "kernel-model/sched/scheduler.h"
#include "kernel-model/sched/thread.h"
#include "sim/engine.h"
#include "sim/params.h"

namespace isosim::kernel {

class Vfs;            // fs/vfs.h
class FutexTable;     // process/futex.h
class IpcState;       // ipc/ipc_state.h
class ProcessTable;   // process/process_table.h
class MemoryManager;  // mm/memory_manager.h
struct MiscState;     // misc/misc_state.h

// What another kernel than Linux has of its own; null: Linux's.
struct KernelParts {
  std::function<std::unique_ptr<Scheduler>(Kernel&)> scheduler;
  std::function<std::unique_ptr<MemoryManager>(Kernel&)> memory;
  // A periodic timer expires again whether or not anybody took the last expiry. Linux starts it anew when the
  // signal is taken or the descriptor read.
  bool timers_run_on = false;
};

class Kernel final : public SyscallTarget {
 public:
  // `prefix` ("host", "guest") names the paths of this instance in the catalogue, which load_catalogue()
  // filled.
  Kernel(sim::Engine& engine, cpu::Cpu& cpu, const sim::Catalogue& catalogue, const sim::Settings& settings,
         std::string prefix, const KernelParts& parts = {});
  ~Kernel() override;

  std::int64_t syscall(Thread& thread, Sys& sys) override;

  // The two halves of a call around its handler, for a call that stays open while other code of the thread
  // runs (KVM_RUN: the guest's). enter_call(): entry, ptrace, seccomp; false if one of them refused, with the
  // result to leave with. leave_call(): bookkeeping, signals, preemption; returns what user mode sees.
  bool enter_call(Thread& thread, Sys& sys, std::int64_t& refused_result);
  std::int64_t leave_call(Thread& thread, Sys& sys, std::int64_t result);

  void compute(Thread& thread, sim::Time span) override;
  std::int64_t touch(Thread& thread, Address address, std::uint64_t length, bool write) override;

  // A first process without a parent (a shell's child, a container's init). Its thread runs `body` when
  // started.
  Process& create_process(std::string comm);
  Thread& create_thread(Process& process, std::string name, std::function<void(Thread&)> body);

  // The id of "<prefix>.<name>". Throws std::out_of_range with the nearest name.
  [[nodiscard]] sim::PathId path(std::string_view name) const;

  // What a call's handler does, without entry, filter and exit. For kernels that are entered otherwise.
  std::int64_t dispatch(Thread& thread, Sys& sys) {
    const SyscallHandler handler = table_.get(sys.nr);
    return handler ? handler(*this, thread, sys) : unmodelled_.run(thread, sys, strict);
  }

  // What the filters of the thread's process make of a call; nothing: it goes on. A process without filters
  // does not ask.
  std::optional<std::int64_t> seccomp(Thread& thread, const Sys& sys);

  // What was not modelled so far: such a call takes its default path and returns Sys::recorded, else -ENOSYS.
  // With `strict`, it throws std::runtime_error that names it.
  [[nodiscard]] const Unmodelled& unmodelled() const { return unmodelled_; }
  bool strict = false;

  // For handlers that model a call only in part: treats this call as one without a model.
  std::int64_t default_path(Thread& thread, Sys& sys) { return unmodelled_.run(thread, sys, strict); }

  [[nodiscard]] Process* find_process(std::int32_t pid) const;
  [[nodiscard]] Thread* find_thread(std::int32_t tid) const;
  std::int32_t allocate_pid() { return next_pid_++; }

  sim::Engine& engine;
  cpu::Cpu& cpu;
  const sim::Catalogue& catalogue;
  const sim::Settings& settings;
  const bool timers_run_on;  // KernelParts
  std::unique_ptr<Scheduler> sched;
  std::unique_ptr<Vfs> vfs;
  std::unique_ptr<FutexTable> futexes;
  std::unique_ptr<IpcState> ipc;
  std::unique_ptr<ProcessTable> procs;
  std::unique_ptr<MemoryManager> memory;
  std::unique_ptr<MiscState> misc;
  std::map<std::int32_t, std::unique_ptr<Process>> processes;  // by pid
  std::map<std::int32_t, std::unique_ptr<Thread>> threads;     // by tid

 private:
  struct EntryPaths;
  std::string prefix_;
  SyscallTable table_;
  Unmodelled unmodelled_;
  std::unique_ptr<EntryPaths> paths_;
  std::int32_t next_pid_ = 1000;
};

// Adds every path of kernel-model/catalogue/*.json to `catalogue`, each under "<prefix>.".
void load_catalogue(sim::Catalogue& catalogue, std::string_view prefix);

}  // namespace isosim::kernel
