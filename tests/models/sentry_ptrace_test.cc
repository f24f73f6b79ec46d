// A tracer and its tracee in a sandbox: the Sentry's own stops (pkg/sentry/kernel/ptrace.go).
#include "kernel-model/ptrace/trace_state.h"
#include "kernel-model/signal/signal.h"
#include "tests/models/sandboxed_program.h"

namespace isosim::test {

namespace {

namespace signo = kernel::signo;

constexpr std::uint64_t kTraceMe = 0, kPeekData = 2, kCont = 7, kGetRegs = 12, kSyscall = 24,
                        kSetOptions = 0x4200, kGetEventMessage = 0x4201, kSeize = 0x4206;
constexpr std::uint64_t kSysGood = 1, kTraceFork = 2, kTraceExit = 64;
constexpr std::uint64_t kAnyChild = ~0ull, kAll = 0x40000000;

struct Debugger : SandboxedProgram {
  using SandboxedProgram::SandboxedProgram;

  std::int64_t in(kernel::Thread& t, kernel::SysNr number, std::array<std::uint64_t, 6> args = {}) {
    kernel::Sys sys;
    sys.nr = number;
    sys.arg = args;
    const std::int64_t result = stack->target().syscall(t, sys);
    out = sys.out;
    return result;
  }
  std::int64_t fork(kernel::Thread& t, std::function<void(kernel::Thread&)> body) {
    kernel::Sys sys;
    sys.nr = nr::fork;
    sys.at[0] = kernel::ChildEntry{std::move(body), 0};
    return stack->target().syscall(t, sys);
  }
  std::int64_t trace(std::uint64_t request, std::int64_t pid, std::uint64_t data = 0) {
    ++requests;
    return call(nr::ptrace, {request, static_cast<std::uint64_t>(pid), 0, data});
  }
  // The next stop of that child, or of any: its status without 0x7F, and -1 if it ended.
  int wait(std::int64_t pid) {
    last = call(nr::wait4, {static_cast<std::uint64_t>(pid), 0, kAll});
    return last > 0 && (out.status & 0xFF) == 0x7F ? out.status >> 8 : -1;
  }

  int requests = 0;
  std::int64_t last = 0;
};

}  // namespace

TEST_CASE("a program in the sandbox is traced by another", "[gvisor]") {
  const std::string platform = GENERATE("gvisor-kvm", "gvisor-ptrace");
  const std::string release = GENERATE("20190304.1", "20200127.0");
  Debugger s(platform, release);
  std::int64_t user = -1;
  int signals = 0;
  s.run([&](kernel::Thread&) {
    const auto begun = s.count([&] {
      const std::int64_t pid = s.fork(*s.thread, [&](kernel::Thread& t) {
        CHECK(s.in(t, nr::ptrace, {kTraceMe}) == 0);
        kernel::Sys action;
        action.nr = nr::rt_sigaction;
        action.arg = {signo::usr1, 1, 0, 8};
        action.at[1] = kernel::SignalAction{kernel::SignalAction::Kind::handler, 0, 0};
        s.stack->target().syscall(t, action);
        t.on_signal = [&](kernel::Thread&, int signal) { signals += signal == signo::usr1; };
        s.in(t, nr::kill, {static_cast<std::uint64_t>(s.in(t, nr::getpid)), signo::stop});
        user = s.in(t, nr::getuid);
        s.in(t, nr::kill, {static_cast<std::uint64_t>(s.in(t, nr::getpid)), signo::usr1});
        s.fork(t, [&](kernel::Thread& grandchild) { s.in(grandchild, nr::exit_group, {5}); });
        s.in(t, nr::exit_group, {3});
      });
      REQUIRE(pid > 0);
      CHECK(s.wait(pid) == signo::stop);
      CHECK(s.trace(kSetOptions, pid, 1u << 30) == -kernel::EINVAL_);
      CHECK(s.trace(kSetOptions, pid, kSysGood | kTraceFork | kTraceExit) == 0);
      constexpr int kCallStop = signo::trap | 0x80;
      for (int i = 0; i < 2; ++i) {  // into getuid, and out of it
        CHECK(s.trace(kSyscall, pid) == 0);
        CHECK(s.wait(pid) == kCallStop);
        CHECK(s.trace(kGetRegs, pid) == 0);
        CHECK(user == -1);
      }
      CHECK(s.trace(kPeekData, pid) == 0);
      CHECK(s.trace(kCont, pid) == 0);
      CHECK(s.wait(pid) == signo::usr1);
      CHECK(user == 0);
      CHECK(signals == 0);
      CHECK(s.trace(kCont, pid, signo::usr1) == 0);  // not suppressed
      CHECK(s.wait(pid) == (1 << 8 | signo::trap));  // PTRACE_EVENT_FORK
      CHECK(signals == 1);
      CHECK(s.trace(kGetEventMessage, pid) == 0);
      const auto second = static_cast<std::int64_t>(s.out.value);
      CHECK(second > pid);
      CHECK(s.wait(second) == signo::stop);  // traced from its first instruction on
      CHECK(s.trace(kCont, second) == 0);
      CHECK(s.wait(second) == (6 << 8 | signo::trap));
      CHECK(s.trace(kCont, second) == 0);
      CHECK(s.wait(second) == -1);
      CHECK(s.trace(kCont, pid) == 0);
      CHECK(s.wait(kAnyChild) == signo::chld);
      CHECK(s.trace(kCont, pid, signo::chld) == 0);
      CHECK(s.wait(kAnyChild) == (6 << 8 | signo::trap));  // PTRACE_EVENT_EXIT
      CHECK(s.trace(kCont, pid) == 0);
      CHECK(s.wait(kAnyChild) == -1);
      CHECK(s.last == pid);
      CHECK((s.out.status >> 8 & 0xFF) == 3);
    });
    // The Sentry stops its own tasks: the host hears nothing of it.
    if (platform == "gvisor-kvm") CHECK(begun.at("ptrace") == s.requests + 1);
  });
}

TEST_CASE("gVisor seizes from 20190529.1 on", "[gvisor]") {
  const std::string release = GENERATE("20190304.1", "20190529.1");
  Debugger s("gvisor-kvm", release);
  s.run([&](kernel::Thread&) {
    bool stop = false;
    const std::int64_t pid = s.fork(*s.thread, [&](kernel::Thread& t) {
      while (!stop) s.stack->target().compute(t, sim::microseconds(100));
    });
    const std::int64_t result = s.trace(kSeize, pid);
    CHECK(result == (release == "20190304.1" ? -kernel::ESRCH_ : 0));
    if (result == 0) {
      constexpr std::uint64_t kInterrupt = 0x4207;
      CHECK(s.trace(kInterrupt, pid) == 0);
      CHECK(s.wait(pid) == (128 << 8 | signo::trap));  // it computed, and came out of its application
      stop = true;
      CHECK(s.trace(kCont, pid) == 0);
    }
    stop = true;
    CHECK(s.wait(pid) == -1);
  });
}

}  // namespace isosim::test
