// A thread (task_struct): its task in the engine, where it runs, its signals.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/misc/attributes.h"
#include "kernel-model/sched/entity.h"
#include "kernel-model/sched/wait_queue.h"
#include "kernel-model/signal/signal_info.h"
#include "sim/engine.h"

namespace isosim::kernel {

class Kernel;
struct Sys;
class Process;
struct TraceState;  // ptrace/trace_state.h
class GuestMode;    // sched/guest_mode.h

class Thread {
 public:
  Thread(Kernel& k, Process& p, std::int32_t thread_id, std::string thread_name);
  ~Thread();

  Kernel& kernel;
  Process* process;
  std::int32_t tid;  // in the initial pid name space
  std::string name;
  std::function<void(Thread&)> body;  // the program; the task runs it
  sim::Task* task = nullptr;          // null until the scheduler first gives it a CPU

  // Scheduling.
  RunState state = RunState::runnable;
  int cpu = -1;                    // the logical CPU it runs on or ran on last
  std::uint64_t affinity = ~0ull;  // bit n: may run on logical CPU n
  sim::Time vruntime;
  sim::Time last_ran;
  bool need_resched = false;  // something waits for its next preemption point (TIF_* work flags)
  sim::Time next_tick;        // its CPU's next timer tick
  sim::Time timer_slack = sim::microseconds(50);  // by how much a sleep may be late (prctl PR_SET_TIMERSLACK)
  SchedEntity se;
  GuestMode* guest = nullptr;  // in guest mode: who is to hear of interrupts

  // Signals: bit n-1 is signal n.
  std::uint64_t blocked = 0;
  std::uint64_t pending = 0;  // directed at this thread; shared ones are the process's
  // A replayed program decides when a signal is taken (the trace shows it); until then a pending one does not
  // interrupt.
  bool hold_signals = false;
  bool may_interrupt =
      false;            // ... but a call that blocks is interrupted, with the internal code as its result
  bool killed = false;  // SIGKILL, or the group exits: nothing holds that back
  SignalQueue signal_queue;  // what came with the signals in `pending`
  struct SignalFrame {       // what setup_rt_frame() saves for rt_sigreturn
    std::uint64_t mask = 0;
    std::int64_t result = 0;  // rax: of the call that the signal interrupted or followed
  };
  std::vector<SignalFrame> signal_frames;  // of the handlers that run
  std::uint16_t last_call = 0;             // number and result of the last system call that returned
  std::int64_t last_result = 0;
  std::uint64_t restore_mask = 0;  // of rt_sigsuspend, once the signal is taken
  bool has_restore_mask = false;
  WaitQueue signal_wait;  // take_signal() and sigtimedwait sleep here
  // restart_block: what restart_syscall does for the call that was interrupted last; null: nothing to go on
  // with.
  std::function<std::int64_t(Kernel&, Thread&, Sys&)> restart;
  // Runs the program's handler of a signal that is delivered while signals are not held; null: an empty
  // handler.
  std::function<void(Thread&, int)> on_signal;
  std::shared_ptr<TraceState> trace;  // as a tracee

  std::uint64_t robust_list = 0;
  std::uint64_t clear_child_tid = 0;
  ThreadAttributes attributes;
  std::int32_t exit_status = 0;
  void* owner = nullptr;  // what a scheduler that is not Linux's keeps of it

  void charge(sim::PathId path, std::uint64_t units = 0) { task->charge(path, units); }
  [[nodiscard]] sim::Time now() const { return task->now(); }
};

}  // namespace isosim::kernel
