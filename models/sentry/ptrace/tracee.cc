#include "models/sentry/ptrace/tracee.h"

#include <linux/ptrace.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/signal/signal.h"

namespace isosim::models {

namespace nr = kernel::nr;
namespace signo = kernel::signo;

namespace {
constexpr std::uint64_t kUntraced = 2, kAll = 0x40000000;  // WUNTRACED, __WALL
constexpr std::uint64_t kXstate = 0x202;                   // NT_X86_XSTATE
}  // namespace

std::int64_t Tracee::ptrace(go::G& g, std::uint64_t request, std::uint64_t data) {
  sys_.nr = nr::ptrace;
  sys_.arg = {request, static_cast<std::uint64_t>(tid), 0, data};
  sys_.at[2] = std::monostate{};
  const std::int64_t result = g.raw_call(sys_);
  if (result < 0)
    throw std::runtime_error("ptrace request " + std::to_string(request) +
                             " of the Sentry failed: " + std::to_string(result));
  return result;
}

void Tracee::attach(go::G& g) {
  ptrace(g, PTRACE_ATTACH);
  if (wait(g) != signo::stop) throw std::logic_error("a stub thread did not stop for its tracer");
  ptrace(g, PTRACE_SETOPTIONS, PTRACE_O_TRACESYSGOOD);
  get_registers(g);
}

void Tracee::detach(go::G& g) { ptrace(g, PTRACE_DETACH, signo::stop); }

int Tracee::wait(go::G& g) {
  for (;;) {
    sys_.nr = nr::wait4;
    sys_.arg = {static_cast<std::uint64_t>(tid), 0, kUntraced | kAll};
    const std::int64_t result = g.call(sys_);
    if (result == -kernel::EINTR_) continue;
    if (result != tid || (sys_.out.status & 0xFF) != 0x7F)
      throw std::runtime_error("the Sentry lost a stub thread: wait4 gave " + std::to_string(result));
    return sys_.out.status >> 8 & 0xFF;
  }
}

void Tracee::until_end(go::G& g) {
  do {
    sys_.nr = nr::wait4;
    sys_.arg = {static_cast<std::uint64_t>(tid), 0, kUntraced | kAll};
  } while (g.call(sys_) == tid && (sys_.out.status & 0xFF) == 0x7F);
}

void Tracee::destroy(go::G& g) {
  detach(g);
  sys_.nr = nr::tgkill;
  sys_.arg = {static_cast<std::uint64_t>(tgid), static_cast<std::uint64_t>(tid), signo::kill};
  g.raw_call(sys_);
  until_end(g);
}

void Tracee::bind(go::G& g) {
  sys_.nr = nr::getcpu;
  sys_.arg = {};
  g.raw_call(sys_);
  const int cpu = static_cast<int>(sys_.out.value);
  if (std::exchange(cpu_, cpu) == cpu) return;
  constexpr std::uint64_t kMaskBytes = 128;
  sys_.nr = nr::sched_setaffinity;
  sys_.arg = {static_cast<std::uint64_t>(tid), kMaskBytes};
  sys_.at[2] = kernel::SignalSet{std::uint64_t{1} << cpu};
  g.raw_call(sys_);
}

void Tracee::set_registers(go::G& g) { ptrace(g, PTRACE_SETREGS); }
void Tracee::get_registers(go::G& g) { ptrace(g, PTRACE_GETREGS); }
void Tracee::set_fp_registers(go::G& g) { ptrace(g, PTRACE_SETREGSET, kXstate); }
void Tracee::get_fp_registers(go::G& g) { ptrace(g, PTRACE_GETREGSET, kXstate); }
void Tracee::get_signal_info(go::G& g) { ptrace(g, PTRACE_GETSIGINFO); }
void Tracee::emulate(go::G& g) { ptrace(g, PTRACE_SYSEMU); }

// thread.syscall: up to 20190806.1 between two stops of PTRACE_SYSCALL, later up to an INT3.
void Tracee::inject(go::G& g) {
  set_registers(g);
  const bool traps = facts_.stub_traps_after_call;
  const int expected = traps ? signo::trap : kSyscallStop;
  do {
    ptrace(g, traps ? PTRACE_CONT : PTRACE_SYSCALL);
  } while (wait(g) != expected);  // other signals are not for it
  if (!traps) {
    ptrace(g, PTRACE_SYSCALL);
    if (wait(g) != expected) throw std::logic_error("an injected call did not stop at its end");
  }
  get_registers(g);
}

std::int64_t Tracee::syscall(go::G& g, kernel::Sys sys) {
  stub.registers.application = nullptr;
  stub.registers.trap_after = facts_.stub_traps_after_call;
  stub.registers.call = std::move(sys);
  do {
    g.charge(inject_);
    inject(g);
  } while (kernel::is_restart(stub.result));
  return stub.result;
}

std::unique_ptr<Tracee> Tracee::clone(go::G& g) {
  namespace flag = kernel::clone_flag;
  auto made = std::make_unique<Tracee>(host_, facts_, inject_);
  kernel::Sys sys;
  sys.nr = nr::clone;
  sys.arg[0] = flag::files | flag::fs | flag::sighand | flag::thread | flag::ptrace | flag::vm;
  sys.at[0] = kernel::ChildEntry{[stub = &made->stub](kernel::Thread& t) { stub->live_as_thread(t); }, 0};
  const std::int64_t result = syscall(g, std::move(sys));
  if (result < 0) throw std::runtime_error("the host has no thread left for a stub process");
  made->tgid = tgid;
  made->tid = static_cast<std::int32_t>(result);
  return made;
}

}  // namespace isosim::models
