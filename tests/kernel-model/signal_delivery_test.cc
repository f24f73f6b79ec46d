#include <catch2/catch.hpp>
#include <vector>

#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
using kernel::Sys;
using kernel::Thread;
using sim::milliseconds;
namespace nr = kernel::nr;
namespace signo = kernel::signo;

namespace {

std::int64_t call(Thread& t, kernel::SysNr number, std::initializer_list<std::uint64_t> arguments = {}) {
  Sys s;
  s.nr = number;
  std::copy(arguments.begin(), arguments.end(), s.arg.begin());
  return t.kernel.syscall(t, s);
}

std::int64_t sleep_for(Thread& t, sim::Time span) {
  Sys s;
  s.nr = nr::nanosleep;
  s.at[0] = kernel::Timespec{span};
  return t.kernel.syscall(t, s);
}

void handle(Thread& t, int signal, std::uint64_t flags = 0) {
  auto& action = t.process->handlers->action[static_cast<std::size_t>(signal - 1)];
  action.kind = kernel::SignalAction::Kind::handler;
  action.flags = flags;
}

// Runs `body` with a second process that sends `signal` to it after 5 ms.
void with_sender(test::Machine& m, int signal, std::function<void(Thread&)> body) {
  Thread& target = m.start("target", std::move(body), 1);
  m.start(
      "sender",
      [&m, &target, signal](Thread& t) {
        m.k.compute(t, milliseconds(5));
        call(t, nr::kill, {static_cast<std::uint64_t>(target.tid), static_cast<std::uint64_t>(signal)});
      },
      2);
  m.engine.run();
}

}  // namespace

TEST_CASE("a handler ends a sleep with EINTR, and the handler ran") {
  test::Machine m;
  std::int64_t result = 0;
  std::vector<int> handled;
  sim::Time end;
  with_sender(m, signo::usr1, [&](Thread& t) {
    handle(t, signo::usr1);
    t.on_signal = [&](Thread&, int signal) { handled.push_back(signal); };
    result = sleep_for(t, milliseconds(100));
    end = t.now();
  });
  CHECK(result == -kernel::EINTR_);
  CHECK(handled == std::vector<int>{signo::usr1});
  CHECK(end < milliseconds(6));
}

TEST_CASE("an ignored signal does not disturb a sleep, a fatal one ends the process") {
  for (const int signal : {signo::chld, signo::term}) {
    test::Machine m;
    sim::Time end;
    bool dead = false;
    with_sender(m, signal, [&](Thread& t) {
      sleep_for(t, milliseconds(20));
      dead = t.state == kernel::RunState::dead;
      end = t.now();
    });
    CHECK(dead == (signal == signo::term));
    CHECK((end > milliseconds(19)) == (signal == signo::chld));
  }
}

TEST_CASE("a blocked signal waits for its unblocking") {
  test::Machine m;
  int handled = 0;
  sim::Time when;
  with_sender(m, signo::usr2, [&](Thread& t) {
    handle(t, signo::usr2);
    t.on_signal = [&](Thread& self, int) { ++handled, when = self.now(); };
    kernel::set_blocked(m.k, t, kernel::signal_bit(signo::usr2));
    m.k.compute(t, milliseconds(30));
    CHECK(handled == 0);
    Sys s;
    s.nr = nr::rt_sigprocmask;
    s.arg = {1, 1, 0, 8, 0, 0};
    s.at[1] = kernel::SignalSet{kernel::signal_bit(signo::usr2)};
    CHECK(m.k.syscall(t, s) == 0);
    CHECK(handled == 1);
    CHECK(t.blocked == 0);
  });
  CHECK(when > milliseconds(29));
}

TEST_CASE("a recorded program sees the internal code and takes the signal itself") {
  test::Machine m;
  with_sender(m, signo::usr1, [&](Thread& t) {
    t.hold_signals = true;
    handle(t, signo::usr1);
    // Not allowed: the sleep goes on although the signal is pending.
    CHECK(sleep_for(t, milliseconds(10)) == 0);
    CHECK((kernel::pending_signals(t) & kernel::signal_bit(signo::usr1)) != 0);
    kernel::allow_interrupt(t, true);
    CHECK(sleep_for(t, milliseconds(10)) == -kernel::ERESTART_RESTARTBLOCK_);
    kernel::allow_interrupt(t, false);
    CHECK(kernel::take_signal(m.k, t, signo::usr1));
    CHECK((t.blocked & kernel::signal_bit(signo::usr1)) != 0);
    CHECK(call(t, nr::rt_sigreturn) == -kernel::EINTR_);  // what the interrupted sleep comes to
    CHECK(t.blocked == 0);
  });
}

TEST_CASE("SIGSTOP and SIGCONT: the stopped does not run, and its parent is told") {
  test::Machine m;
  std::vector<std::int32_t> statuses;
  sim::Time end;
  m.start("parent", [&](Thread& t) {
    Sys s;
    s.nr = nr::fork;
    s.at[0] = kernel::ChildEntry{[&](Thread& c) {
      m.k.compute(c, milliseconds(10));
      end = c.now();
    }};
    const auto pid = static_cast<std::uint64_t>(m.k.syscall(t, s));
    m.k.compute(t, milliseconds(2));
    call(t, nr::kill, {pid, static_cast<std::uint64_t>(signo::stop)});
    Sys w;
    w.nr = nr::wait4;
    w.arg = {pid, 0, 2, 0, 0, 0};
    m.k.syscall(t, w);
    statuses.push_back(w.out.status);
    m.k.compute(t, milliseconds(50));
    call(t, nr::kill, {pid, static_cast<std::uint64_t>(signo::cont)});
    w.arg[2] = 0;
    m.k.syscall(t, w);
    statuses.push_back(w.out.status);
  });
  m.engine.run();
  CHECK(statuses == std::vector<std::int32_t>{signo::stop << 8 | 0x7F, 0});
  CHECK(end > milliseconds(58));
}

TEST_CASE("SIGCHLD tells a parent that its child stopped and goes on, unless it said SA_NOCLDSTOP") {
  constexpr std::uint64_t sa_nocldstop = 1;
  const auto codes = [](std::uint64_t flags) {
    test::Machine m;
    std::vector<std::int32_t> seen;
    m.start("parent", [&](Thread& t) {
      kernel::SignalAction& action = t.process->handlers->action[kernel::signo::chld - 1];
      action.kind = kernel::SignalAction::Kind::handler;
      action.flags = flags;
      t.blocked |= kernel::signal_bit(kernel::signo::chld);
      Sys s;
      s.nr = nr::fork;
      s.at[0] = kernel::ChildEntry{[&](Thread& c) { m.k.compute(c, milliseconds(10)); }};
      const auto pid = static_cast<std::uint64_t>(m.k.syscall(t, s));
      for (const int signal : {signo::stop, signo::cont}) {
        m.k.compute(t, milliseconds(2));
        call(t, nr::kill, {pid, static_cast<std::uint64_t>(signal)});
        m.k.compute(t, milliseconds(1));
        seen.push_back(kernel::dequeue_signal(t, kernel::signal_bit(kernel::signo::chld)).code);
      }
      call(t, nr::kill, {pid, static_cast<std::uint64_t>(kernel::signo::kill)});
    });
    m.engine.run();
    return seen;
  };
  CHECK(codes(0) == std::vector<std::int32_t>{kernel::SignalInfo::stopped, kernel::SignalInfo::continued});
  CHECK(codes(sa_nocldstop) == std::vector<std::int32_t>{0, 0});
}

TEST_CASE("an interval timer signals again and again") {
  test::Machine m;
  int handled = 0;
  m.start("main", [&](Thread& t) {
    handle(t, signo::alrm);
    t.on_signal = [&](Thread&, int) { ++handled; };
    Sys s;
    s.nr = nr::setitimer;
    s.at[1] = kernel::Itimer{milliseconds(4), milliseconds(4)};
    CHECK(m.k.syscall(t, s) == 0);
    m.k.compute(t, milliseconds(41));
    call(t, nr::exit_group, {0});
  });
  m.engine.run();
  CHECK(handled == 10);
}
