// What a tracer knows of a traced thread.
#pragma once

#include <cstdint>

#include "kernel-model/signal/signal_info.h"

namespace isosim::kernel {

class Process;
class Thread;

struct TraceState {
  Process* tracer = nullptr;  // null: it ended
  bool seized = false;
  std::uint64_t options = 0;     // PTRACE_O_*
  bool stopped = false;          // sits in a ptrace stop
  bool unreported = false;       // the tracer's wait has not seen the stop
  std::int32_t stop_status = 0;  // as wait4 reports it
  SignalInfo info;               // PTRACE_GETSIGINFO
  std::uint64_t message = 0;     // PTRACE_GETEVENTMSG
  std::int64_t rax = 0;          // PTRACE_GETREGS at a stop before a call
  enum class Resume : std::uint8_t { cont, syscall, sysemu, single_step, sysemu_single_step };
  Resume resume = Resume::cont;
  int inject = 0;                    // the signal that the tracer resumes it with
  bool interrupt_requested = false;  // JOBCTL_TRAP_STOP: PTRACE_INTERRUPT, or the first stop of a new thread
  bool listening = false;            // PTRACE_LISTEN
  int group_stop = 0;  // signal of a group stop that the tracer is yet to see (JOBCTL_TRAP_STOP)
  std::uint64_t stops = 0;
};

}  // namespace isosim::kernel
