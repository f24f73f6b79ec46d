// Tracing of stopped threads and of threads that tracees make.
#include <catch2/catch.hpp>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/ptrace/trace_state.h"
#include "kernel-model/signal/signal.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
using kernel::Sys;
using kernel::Thread;
namespace nr = kernel::nr;
namespace signo = kernel::signo;

namespace {

constexpr std::uint64_t kCont = 7, kAttach = 16, kDetach = 17, kSyscall = 24, kSysemu = 31,
                        kSetOptions = 0x4200;
constexpr std::uint64_t kUntraced = 2, kAll = 0x40000000;

struct Traced : test::Machine {
  std::int64_t call(Thread& t, kernel::SysNr number, std::array<std::uint64_t, 6> arguments = {}) {
    Sys sys;
    sys.nr = number;
    sys.arg = arguments;
    return k.syscall(t, sys);
  }
  std::int64_t clone(Thread& t, std::uint64_t flags, std::function<void(Thread&)> body) {
    Sys sys;
    sys.nr = nr::clone;
    sys.arg[0] = flags;
    sys.at[0] = kernel::ChildEntry{std::move(body), 0};
    return k.syscall(t, sys);
  }
  std::int64_t trace(Thread& t, std::uint64_t request, std::int64_t tid, std::uint64_t data = 0) {
    return call(t, nr::ptrace, {request, static_cast<std::uint64_t>(tid), 0, data});
  }
  // The signal of the next stop.
  int wait(Thread& t, std::int64_t tid) {
    Sys sys;
    sys.nr = nr::wait4;
    sys.arg = {static_cast<std::uint64_t>(tid), 0, kUntraced | kAll};
    if (k.syscall(t, sys) != tid || (sys.out.status & 0xFF) != 0x7F) return -1;
    return sys.out.status >> 8 & 0xFF;
  }
  void stop_itself(Thread& t) {
    call(t, nr::kill, {static_cast<std::uint64_t>(t.process->pid), signo::stop});
  }
};

}  // namespace

TEST_CASE("a stopped process can be attached to, and goes on when its tracer says so") {
  Traced m;
  std::int64_t answered = 0;
  m.start("tracer", [&](Thread& t) {
    const std::int64_t pid = m.clone(t, signo::kill, [&](Thread& child) {
      m.stop_itself(child);
      answered = m.call(child, nr::getuid);
      m.call(child, nr::exit, {0});
    });
    CHECK(m.wait(t, pid) == signo::stop);
    CHECK(m.trace(t, kAttach, pid) == 0);
    CHECK(m.wait(t, pid) == signo::stop);
    CHECK(m.trace(t, kSetOptions, pid, 1) == 0);
    CHECK(m.trace(t, kSysemu, pid) == 0);
    CHECK(m.wait(t, pid) == signo::stop);  // the signal that attaching sent
    CHECK(m.trace(t, kSysemu, pid) == 0);
    CHECK(m.wait(t, pid) == (signo::trap | 0x80));
    CHECK(m.trace(t, kCont, pid) == 0);
    CHECK(m.wait(t, pid) == -1);  // it ended
  });
  m.engine.run();
  CHECK(answered == -kernel::ENOSYS_);  // emulated: the kernel ran nothing
}

TEST_CASE(
    "a thread made with CLONE_PTRACE begins stopped, can be let go stopped, and be taken by another tracer") {
  Traced m;
  bool went_on = false;
  m.start("tracer", [&](Thread& t) {
    namespace flag = kernel::clone_flag;
    std::int64_t made = 0;
    const std::int64_t pid = m.clone(t, signo::kill, [&](Thread& child) {
      m.stop_itself(child);
      made = m.clone(child, flag::vm | flag::fs | flag::files | flag::sighand | flag::thread | flag::ptrace,
                     [&](Thread& second) {
                       Sys none;
                       if (kernel::signal_due(second)) kernel::signal_exit_work(m.k, second, none, 0);
                       went_on = true;
                       m.call(second, nr::getuid);
                       m.call(second, nr::exit, {0});
                     });
      m.call(child, nr::getpid);
      m.call(child, nr::exit, {0});
    });
    CHECK(m.wait(t, pid) == signo::stop);
    m.trace(t, kAttach, pid);
    CHECK(m.wait(t, pid) == signo::stop);
    m.trace(t, kSetOptions, pid, 1);
    m.trace(t, kSyscall, pid);
    CHECK(m.wait(t, pid) == signo::stop);
    m.trace(t, kSyscall, pid);
    CHECK(m.wait(t, pid) == (signo::trap | 0x80));  // clone begins
    m.trace(t, kSyscall, pid);
    CHECK(m.wait(t, pid) == (signo::trap | 0x80));  // and ends
    const std::int64_t tid = pid + 1;
    CHECK(m.wait(t, tid) == signo::stop);
    CHECK(m.trace(t, kDetach, tid, signo::stop) == 0);
    CHECK(m.trace(t, kAttach, tid) == 0);
    CHECK(m.wait(t, tid) == signo::stop);
    CHECK_FALSE(went_on);
    // The first thread has to see that its group was stopped.
    m.trace(t, kSyscall, pid);
    CHECK(m.wait(t, pid) == signo::stop);
    CHECK(made == 0);
    m.trace(t, kCont, pid);
    m.trace(t, kCont, tid);
    int stops = 0;
    while (m.wait(t, tid) == signo::stop) m.trace(t, kCont, tid), ++stops;
    CHECK(stops <= 2);
  });
  m.engine.run();
  CHECK(went_on);
}

TEST_CASE("a tracer that seized hears of forks, of stops of the group and of their end") {
  constexpr std::uint64_t kSeize = 0x4206, kInterrupt = 0x4207, kListen = 0x4208, kGetEventMessage = 0x4201;
  constexpr std::uint64_t kTraceFork = 2;
  constexpr int kForkEvent = 1 << 8, kStopEvent = 128 << 8;
  Traced m;
  m.start("tracer", [&](Thread& t) {
    std::int64_t ended = 0;
    const auto next = [&](std::int64_t tid) {  // status of its next stop; 0: it ended
      Sys sys;
      sys.nr = nr::wait4;
      sys.arg = {static_cast<std::uint64_t>(tid), 0, kAll};
      if (m.k.syscall(t, sys) != tid) return -1;
      return (sys.out.status & 0xFF) == 0x7F ? sys.out.status >> 8 : 0;
    };
    const std::int64_t pid = m.clone(t, signo::chld, [&](Thread& child) {
      Sys sleep;
      sleep.nr = nr::nanosleep;
      sleep.at[0] = kernel::Timespec{sim::milliseconds(10)};
      m.k.syscall(child, sleep);
      m.clone(child, signo::chld, [&](Thread& grandchild) {
        m.call(grandchild, nr::getuid);
        ++ended;
        m.call(grandchild, nr::exit, {0});
      });
      m.stop_itself(child);
      m.call(child, nr::exit, {0});
    });
    CHECK(m.trace(t, kSeize, pid, 1u << 30) == -kernel::EIO_);
    CHECK(m.trace(t, kSeize, pid, kTraceFork) == 0);
    CHECK(m.trace(t, kSetOptions, pid, 0) == -kernel::ESRCH_);  // it does not stand
    CHECK(m.trace(t, kInterrupt, pid) == 0);
    CHECK(next(pid) == (kStopEvent | signo::trap));
    CHECK(m.trace(t, kSetOptions, pid, 1u << 30) == -kernel::EINVAL_);
    CHECK(m.trace(t, kCont, pid) == 0);  // the sleep goes on

    CHECK(next(pid) == (kForkEvent | signo::trap));
    Sys ask;
    ask.nr = nr::ptrace;
    ask.arg = {kGetEventMessage, static_cast<std::uint64_t>(pid)};
    CHECK(m.k.syscall(t, ask) == 0);
    const auto second = static_cast<std::int64_t>(ask.out.value);
    CHECK(next(second) == (kStopEvent | signo::trap));
    CHECK(m.trace(t, kCont, second) == 0);
    CHECK(next(second) == 0);
    CHECK(ended == 1);
    CHECK(m.trace(t, kCont, pid) == 0);
    CHECK(next(pid) == signo::chld);  // which it would ignore
    CHECK(m.trace(t, kCont, pid, signo::chld) == 0);

    CHECK(next(pid) == signo::stop);
    CHECK(m.trace(t, kCont, pid, signo::stop) == 0);
    CHECK(next(pid) == (kStopEvent | signo::stop));
    CHECK(m.trace(t, kListen, pid) == 0);
    m.call(t, nr::kill, {static_cast<std::uint64_t>(pid), signo::cont});
    CHECK(next(pid) == (kStopEvent | signo::trap));
    CHECK(m.trace(t, kCont, pid) == 0);
    CHECK(next(pid) == signo::cont);
    CHECK(m.trace(t, kCont, pid) == 0);
    CHECK(next(pid) == 0);
  });
  m.engine.run();
}
