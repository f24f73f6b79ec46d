// A thread of a stub process, from inside: it does what the registers say that its tracer set
// (platform/ptrace/stub_amd64.s and what runs in its place).
#pragma once

#include "models/sentry/ptrace/application.h"

namespace isosim::models {

// Of user_regs_struct, what decides where a stub thread goes on.
struct StubRegisters {
  kernel::Sys call;                    // the stub's own system call instruction, if `application` is null
  bool trap_after = false;             // an INT3 follows it
  Application* application = nullptr;  // application code
};

class Stub {
 public:
  explicit Stub(kernel::Kernel& host) : host_(host) {}
  Stub(const Stub&) = delete;
  Stub& operator=(const Stub&) = delete;

  // The life of a process's first thread, from stub() on: stops itself, for a tracer to attach.
  void live_as_process(kernel::Thread& thread);
  // Of a thread that another one made with CLONE_PTRACE: begins with SIGSTOP.
  void live_as_thread(kernel::Thread& thread);

  // A system call that the code in front of stub() makes.
  std::int64_t call(kernel::Thread& thread, kernel::SysNr number, std::array<std::uint64_t, 6> arguments = {},
                    kernel::Payload third = {});

  [[nodiscard]] kernel::Thread& thread() const { return *thread_; }
  [[nodiscard]] sim::Task& task() const { return *task_; }

  // The tracer's: what PTRACE_SETREGS sets and PTRACE_GETREGS finds.
  StubRegisters registers;
  std::int64_t result = 0;  // rax

 private:
  void live();
  void take_signals();
  void execute_call();
  void run_application(Application& application);
  void emulated_call(kernel::SysNr number, const std::array<std::uint64_t, 6>& arguments);

  kernel::Kernel& host_;
  kernel::Thread* thread_ = nullptr;
  sim::Task* task_ = nullptr;
  kernel::Sys sys_;
};

}  // namespace isosim::models
