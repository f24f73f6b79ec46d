// A stub thread as its tracer sees it (type thread of platform/ptrace/subprocess.go). One M only may use it;
// the goroutine that does is locked to it.
#pragma once

#include <memory>

#include "models/sentry/ptrace/stub.h"
#include "models/sentry/release.h"

namespace isosim::models {

class Tracee {
 public:
  Tracee(kernel::Kernel& host, const ReleaseFacts& facts, sim::PathId inject)
      : stub(host), host_(host), facts_(facts), inject_(inject) {}

  void attach(go::G& g);
  void detach(go::G& g);
  // Kills the process, which has only this thread.
  void destroy(go::G& g);

  // wait4 until it stops; the signal, with 0x80 for a stop at a system call.
  int wait(go::G& g);

  // On the tracer's CPU, because that is where a stop wakes it (subprocess_linux_amd64_unsafe.go).
  void bind(go::G& g);

  void set_registers(go::G& g);  // what is in stub.registers now
  void get_registers(go::G& g);
  void set_fp_registers(go::G& g);
  void get_fp_registers(go::G& g);
  void get_signal_info(go::G& g);
  void emulate(go::G& g);  // PTRACE_SYSEMU

  // A system call in the stub process; its result (syscallIgnoreInterrupt).
  std::int64_t syscall(go::G& g, kernel::Sys sys);

  // Another thread of the process, traced by who calls.
  std::unique_ptr<Tracee> clone(go::G& g);

  Stub stub;
  std::int32_t tgid = 0, tid = 0;

  static constexpr int kSyscallStop = 0x80 | 5;  // SIGTRAP of PTRACE_O_TRACESYSGOOD

 private:
  std::int64_t ptrace(go::G& g, std::uint64_t request, std::uint64_t data = 0);
  void until_end(go::G& g);
  void inject(go::G& g);

  kernel::Kernel& host_;
  const ReleaseFacts& facts_;
  const sim::PathId inject_;
  kernel::Sys sys_;  // of its tracer's calls
  int cpu_ = -1;     // that it is bound to
};

}  // namespace isosim::models
