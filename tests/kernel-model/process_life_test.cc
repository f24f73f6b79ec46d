#include <catch2/catch.hpp>
#include <vector>

#include "kernel-model/process/futex.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
using kernel::ChildEntry;
using kernel::Sys;
using kernel::Thread;
using sim::microseconds;
using sim::milliseconds;
namespace nr = kernel::nr;

namespace {

std::int64_t call(Thread& t, kernel::SysNr number, std::initializer_list<std::uint64_t> arguments = {},
                  Sys* out = nullptr) {
  Sys local;
  Sys& s = out ? *out : local;
  s.nr = number;
  std::copy(arguments.begin(), arguments.end(), s.arg.begin());
  return t.kernel.syscall(t, s);
}

std::int64_t spawn(Thread& t, std::uint64_t flags, std::function<void(Thread&)> body,
                   kernel::SysNr number = nr::clone, kernel::Address child_tid = 0) {
  Sys s;
  s.nr = number;
  s.arg[0] = flags;
  s.arg[3] = child_tid;
  s.at[0] = ChildEntry{std::move(body), child_tid};
  return t.kernel.syscall(t, s);
}

constexpr std::uint64_t kThread = kernel::clone_flag::vm | kernel::clone_flag::fs |
                                  kernel::clone_flag::files | kernel::clone_flag::sighand |
                                  kernel::clone_flag::thread;

}  // namespace

TEST_CASE("wait4 reports exit codes and signals, and reaps once") {
  test::Machine m;
  std::vector<std::int64_t> results;
  std::vector<std::int32_t> statuses;
  m.start("parent", [&](Thread& t) {
    const std::int64_t a = spawn(t, 17, [](Thread& c) { call(c, nr::exit_group, {7}); });
    Sys s;
    results.push_back(call(t, nr::wait4, {static_cast<std::uint64_t>(a), 0, 0}, &s) == a);
    statuses.push_back(s.out.status);
    const std::int64_t b = spawn(t, 17, [](Thread& c) { c.kernel.compute(c, milliseconds(1000)); });
    results.push_back(call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 1}) == 0);  // WNOHANG
    results.push_back(call(t, nr::kill, {static_cast<std::uint64_t>(b), 15}) == 0);
    results.push_back(call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 0}, &s) == b);
    statuses.push_back(s.out.status);
    results.push_back(call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 0}) == -kernel::ECHILD_);
    results.push_back(call(t, nr::kill, {static_cast<std::uint64_t>(b), 0}) == -kernel::ESRCH_);
  });
  m.engine.run();
  CHECK(results == std::vector<std::int64_t>(6, 1));
  CHECK(statuses == std::vector<std::int32_t>{7 << 8, 15});
  CHECK(m.engine.now() < milliseconds(100));  // the signal ended the computation
  CHECK(m.k.threads.empty());
  CHECK(m.k.processes.empty());
}

TEST_CASE("vfork: the parent goes on when the child has called execve or exit, not before") {
  for (const bool exec : {true, false}) {
    test::Machine m;
    sim::Time child_done, parent_back;
    std::string comm;
    m.start("parent", [&](Thread& t) {
      spawn(
          t, 0,
          [&](Thread& c) {
            c.kernel.compute(c, milliseconds(3));
            child_done = c.now();
            Sys s;
            if (exec) {
              s.at[0] = kernel::ExecImage{"/bin/true", {"true"}, {}, 10};
              CHECK(call(c, nr::execve, {}, &s) == 0);
              comm = c.process->comm;
              c.kernel.compute(c, milliseconds(5));
            }
            call(c, nr::exit_group, {0});
          },
          nr::vfork);
      parent_back = t.now();
      call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 0});
      CHECK(t.now() >= parent_back + (exec ? milliseconds(4) : sim::Time{}));
    });
    m.engine.run();
    CHECK(parent_back > child_done);
    CHECK(parent_back < child_done + milliseconds(1));
    if (exec) CHECK(comm == "true");
  }
}

TEST_CASE("a handled SIGCHLD is pending when the child has gone; ignoring it reaps by itself") {
  test::Machine m;
  m.start("parent", [&](Thread& t) {
    t.hold_signals = true;
    spawn(t, 17, [](Thread& c) { call(c, nr::exit_group, {0}); });
    CHECK(kernel::take_signal(m.k, t, kernel::signo::chld));
    CHECK(call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 0}) > 0);
    t.process->handlers->action[16].kind = kernel::SignalAction::Kind::ignore;
    spawn(t, 17, [](Thread& c) { call(c, nr::exit_group, {0}); });
    CHECK(call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 0}) == -kernel::ECHILD_);
  });
  m.engine.run();
}

TEST_CASE("exit_group ends threads that compute and threads that sleep") {
  test::Machine m;
  int survivors = 0;
  m.start("main", [&](Thread& t) {
    spawn(t, kThread, [&](Thread& c) {
      c.kernel.compute(c, milliseconds(5000));
      if (c.state != kernel::RunState::dead) ++survivors;
    });
    spawn(t, kThread, [&](Thread& c) {
      call(c, nr::pause);
      if (c.state != kernel::RunState::dead) ++survivors;
    });
    m.k.compute(t, milliseconds(2));
    call(t, nr::exit_group, {3});
  });
  m.engine.run();
  CHECK(survivors == 0);
  CHECK(m.engine.now() < milliseconds(20));
  CHECK(m.k.processes.empty());
}

TEST_CASE("joining a thread: the word is compared, zeroed and woken at exit") {
  test::Machine m;
  std::int64_t first = -1, second = 0;
  m.start("main", [&](Thread& t) {
    constexpr kernel::Address word = 0x7000;
    const std::int64_t tid = spawn(
        t, kThread | kernel::clone_flag::child_cleartid | kernel::clone_flag::parent_settid,
        [](Thread& c) { c.kernel.compute(c, milliseconds(2)); }, nr::clone, word);
    m.k.futexes->store(*t.process, word, static_cast<std::uint32_t>(tid));
    first = call(t, nr::futex, {word, 0, static_cast<std::uint64_t>(tid)});
    second = call(t, nr::futex, {word, 0, static_cast<std::uint64_t>(tid)});
  });
  m.engine.run();
  CHECK(first == 0);
  CHECK(second == -kernel::EAGAIN_);
}

TEST_CASE("children of the dead go to a subreaper") {
  test::Machine m;
  bool seen = false;
  m.start("reaper", [&](Thread& t) {
    t.process->attributes.child_subreaper = true;
    spawn(t, 17, [](Thread& c) {
      spawn(c, 17, [](Thread& grandchild) {
        grandchild.kernel.compute(grandchild, milliseconds(5));
        call(grandchild, nr::exit_group, {9});
      });
      call(c, nr::exit_group, {0});
    });
    Sys s;
    CHECK(call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 0}) > 0);
    CHECK(call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 0}, &s) > 0);
    seen = s.out.status == 9 << 8;
  });
  m.engine.run();
  CHECK(seen);
}

TEST_CASE("a pid name space counts from one, and ends with its init") {
  test::Machine m;
  std::int64_t inner = 0, inner_child = 0;
  m.start("outer", [&](Thread& t) {
    const std::int64_t pid = spawn(t, kernel::clone_flag::newpid | 17, [&](Thread& c) {
      inner = call(c, nr::getpid);
      inner_child = spawn(c, 17, [](Thread& d) { d.kernel.compute(d, milliseconds(10000)); });
      c.kernel.compute(c, milliseconds(1));
      call(c, nr::exit_group, {0});
    });
    CHECK(pid > 100);
    CHECK(call(t, nr::wait4, {static_cast<std::uint64_t>(pid), 0, 0}) == pid);
  });
  m.engine.run();
  CHECK(inner == 1);
  CHECK(inner_child == 2);
  CHECK(m.engine.now() < milliseconds(100));
}

TEST_CASE("the pids limit of a control group refuses a fork") {
  test::Machine m;
  m.start("main", [&](Thread& t) {
    auto group = std::make_shared<kernel::Cgroup>("/docker/x", m.k.procs->root_cgroup);
    group->pids_max = 2;
    kernel::attach_to_cgroup(m.k, t, *t.process, group);
    CHECK(spawn(t, 17, [](Thread& c) { c.kernel.compute(c, milliseconds(1)); }) > 0);
    CHECK(spawn(t, 17, [](Thread&) {}) == -kernel::EAGAIN_);
    CHECK(call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 0}) > 0);
    CHECK(spawn(t, 17, [](Thread&) {}) > 0);
  });
  m.engine.run();
}

TEST_CASE("the dead do not pile up") {
  test::Machine m;
  m.start("main", [&](Thread& t) {
    for (int i = 0; i < 300; ++i) {
      spawn(t, 17, [](Thread& c) { call(c, nr::exit_group, {0}); });
      call(t, nr::wait4, {static_cast<std::uint64_t>(-1), 0, 0});
      m.k.compute(t, milliseconds(10));
    }
    CHECK(m.k.procs->dead() < 60);
  });
  m.engine.run();
}
