// The ptrace platform while the sandbox boots (platform/ptrace/stub_unsafe.go, subprocess_linux.go): the
// stub, and the master process that all others are copies of.
#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/mm/mman.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/process/seccomp.h"
#include "kernel-model/ptrace/trace_state.h"
#include "models/sentry/filter/rules.h"
#include "models/sentry/ptrace_platform.h"
#include "models/sentry/sentry.h"

namespace isosim::models {

namespace nr = kernel::nr;
namespace signo = kernel::signo;
using kernel::Address;
using kernel::kPage;
using kernel::Sys;

namespace {

constexpr Address kStubStart = 0x7fffffff0000;
constexpr std::uint64_t kStubBytes = kPage;  // it is shorter

std::int64_t raw(go::G& g, kernel::SysNr number, std::array<std::uint64_t, 6> arguments = {}) {
  Sys sys;
  sys.nr = number;
  sys.arg = arguments;
  return g.raw_call(sys);
}

// attachedThread. Virtual system calls, which both lists trap, do not come here: no program of a trace makes
// them.
std::vector<kernel::BpfInstruction> stub_filter(std::uint32_t otherwise) {
  namespace flag = kernel::clone_flag;
  constexpr std::uint64_t kArchSetCpuid = 0x1012, kSetPdeathsig = 1;
  FilterRules rules{{nr::gettimeofday, {}}, {nr::time, {}}, {nr::getcpu, {}}};
  if (otherwise != kernel::seccomp_ret::allow)
    rules.merge({
        {nr::clone,
         {where({{0, flag::files | signo::kill}}),
          where({{0, flag::files | flag::fs | flag::sighand | flag::thread | flag::ptrace | flag::vm}})}},
        {nr::wait4, {}},
        {nr::arch_prctl, {where({{0, kArchSetCpuid}, {1, 0}})}},
        {nr::exit, {}},
        {nr::prctl, {where({{0, kSetPdeathsig}, {1, signo::kill}})}},
        {nr::getppid, {}},
        {nr::getpid, {}},
        {nr::kill, {where({{1, signo::stop}})}},
        {nr::mmap, {}},
        {nr::munmap, {}},
    });
  return rules.assemble(otherwise);
}

}  // namespace

// stubInit: walks down from the wanted address to where nothing is.
void PtracePlatform::map_stub(go::G& g) {
  constexpr std::uint64_t kReadWrite = 3, kReadExec = 5, kPrivateAnonymous = 0x22;
  for (Address at = kStubStart; at > 0; at -= kPage) {
    const std::int64_t got = raw(g, nr::mmap, {at, kStubBytes, kReadWrite, kPrivateAnonymous});
    if (got == static_cast<std::int64_t>(at)) {
      host_.memory->touch(g.thread(), at, kStubBytes, true);
      raw(g, nr::mprotect, {at, kStubBytes, kReadExec});
      stub_start_ = at;
      stub_end_ = at + kStubBytes;
      return;
    }
    if (got > 0) raw(g, nr::munmap, {static_cast<std::uint64_t>(got), kStubBytes});
  }
  throw std::runtime_error("the Sentry's address space has no place for the stub");
}

// attachedThread: a child of the Sentry that becomes a stub process.
std::unique_ptr<Tracee> PtracePlatform::attached_process(go::G& g, std::uint64_t flags,
                                                         std::uint32_t filtered) {
  constexpr std::uint64_t kSetMask = 2, kArchSetCpuid = 0x1012, kNoNewPrivs = 38, kSetModeFilter = 1;
  auto made = std::make_unique<Tracee>(host_, sentry_.release(), inject_);
  raw(g, nr::getpid);
  raw(g, nr::rt_sigprocmask, {kSetMask, 0, 0, 8});  // beforeFork
  Sys clone;
  clone.nr = nr::clone;
  clone.arg[0] = flags;
  clone.at[0] =
      kernel::ChildEntry{[stub = &made->stub, filtered](kernel::Thread& t) {
                           stub->call(t, nr::setsid);
                           stub->call(t, nr::rt_sigprocmask, {kSetMask, 0, 0, 8});  // afterForkInChild
                           stub->call(t, nr::rt_sigprocmask, {kSetMask, 0, 0, 8});  // unmaskAllSignals
                           stub->call(t, nr::prctl, {kNoNewPrivs, 1});
                           stub->call(t, nr::seccomp, {kSetModeFilter, 0, kStubStart},
                                      kernel::SeccompProgram{stub_filter(filtered)});
                           stub->call(t, nr::arch_prctl, {kArchSetCpuid, 0});
                           stub->live_as_process(t);
                         },
                         0};
  const std::int64_t pid = g.raw_call(clone);
  raw(g, nr::rt_sigprocmask, {kSetMask, 0, 0, 8});  // afterFork
  if (pid < 0) throw std::runtime_error("the Sentry could not make a stub process");
  made->tgid = made->tid = static_cast<std::int32_t>(pid);
  if (made->wait(g) != signo::stop) throw std::logic_error("a stub process did not stop itself");
  made->attach(g);
  return made;
}

// probeSeccomp: a process whose filter refuses what it is made to call. Before Linux 4.8 the filter has
// refused when the tracer hears of the call.
bool PtracePlatform::filter_comes_after_tracer(go::G& g) {
  probe_ = attached_process(g, 0, kernel::seccomp_ret::error);
  Tracee* const probe = probe_.get();
  probe->stub.registers.call.nr = nr::sched_yield;
  probe->set_registers(g);
  do {
    probe->emulate(g);
  } while (probe->wait(g) != Tracee::kSyscallStop);
  probe->get_registers(g);
  const bool after = probe->stub.thread().trace->rax != 0;
  probe->destroy(g);
  return after;
}

void PtracePlatform::boot(go::G& g) {
  map_stub(g);
  master_ = &new_subprocess(g, [this](go::G& own) {
    const bool after = filter_comes_after_tracer(own);
    return attached_process(own, signo::kill | kernel::clone_flag::files,
                            after ? kernel::seccomp_ret::kill_thread : kernel::seccomp_ret::allow);
  });
}

}  // namespace isosim::models
