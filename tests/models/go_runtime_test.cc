// Go's scheduler on host threads: who runs, who is woken, which calls that takes.
#include <catch2/catch.hpp>
#include <map>

#include "kernel-model/abi/syscall_names.h"
#include "models/container/runtime_calls.h"
#include "models/go/catalogue.h"
#include "models/go/runtime.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
namespace nr = kernel::nr;

namespace {

struct GoMachine {
  explicit GoMachine(int procs) : procs_(procs) {}

  void run(std::function<void(go::G&)> main) {
    machine.start("sandbox", [&, main](kernel::Thread& thread) {
      const kernel::Address notes = models::map_buffer(thread, 4096);
      runtime = std::make_unique<go::Runtime>(machine.k, procs_, [&](go::M& m, kernel::Sys& sys) {
        ++calls[sys.nr];
        return machine.k.syscall(*m.thread, sys);
      });
      runtime->run(thread, notes, main);
    });
    machine.engine.run();
  }

  struct WithGo : test::Machine {
    WithGo() {
      go::load_catalogue(catalogue);
      cpu.rebuild_costs();
    }
  } machine;
  std::unique_ptr<go::Runtime> runtime;
  std::map<kernel::SysNr, int> calls;

 private:
  int procs_;
};

// Two goroutines hand a turn to and fro.
int ping_pong(GoMachine& go, int rounds) {
  int turns = 0;
  go.run([&](go::G& first) {
    go::G* second = nullptr;
    second = &first.runtime.start(first, "second", [&](go::G& g) {
      for (int i = 0; i < rounds; ++i) {
        g.park();
        ++turns;
        g.runtime.ready(g, first);
      }
    });
    for (int i = 0; i < rounds; ++i) {
      first.runtime.ready(first, *second);
      first.park();
      ++turns;
    }
  });
  return turns;
}

}  // namespace

TEST_CASE("goroutines on one P switch without the kernel") {
  GoMachine go(1);
  CHECK(ping_pong(go, 100) == 200);
  CHECK(go.calls[nr::futex] <= 1);  // the M sleeps in the end
  CHECK(go.calls[nr::clone] == 1);  // the monitor thread
}

TEST_CASE("with idle Ps a readied goroutine wakes an M") {
  GoMachine go(4);
  CHECK(ping_pong(go, 100) == 200);
  CHECK(go.calls[nr::clone] >= 2);
  CHECK(go.calls[nr::clone] <= 5);
  CHECK(go.calls[nr::futex] >= 2);
}

TEST_CASE("a goroutine that blocks in the kernel keeps its M, others go on") {
  GoMachine go(2);
  int steps = 0;
  sim::Time slept, done;
  go.run([&](go::G& first) {
    first.runtime.start(first, "other", [&](go::G& g) {
      for (int i = 0; i < 10; ++i) g.charge(go.machine.k.path("process.getpid")), ++steps;
      done = g.now();
    });
    kernel::Sys sys;
    sys.nr = nr::nanosleep;
    sys.at[0] = kernel::Timespec{sim::milliseconds(5)};
    first.call(sys);
    slept = first.now();
  });
  CHECK(steps == 10);
  CHECK(done < slept);
}

TEST_CASE("the monitor takes the only P from a goroutine that stays in the kernel") {
  GoMachine go(1);
  sim::Time left, ran, back;
  go.run([&](go::G& first) {
    first.runtime.start(first, "other", [&](go::G& g) { ran = g.now(); });
    kernel::Sys sys;
    sys.nr = nr::nanosleep;
    sys.at[0] = kernel::Timespec{sim::milliseconds(5)};
    left = first.now();
    first.call(sys);
    back = first.now();
  });
  CHECK(ran > left + sim::microseconds(20));  // it has to see the P in two rounds
  CHECK(ran < left + sim::microseconds(200));
  CHECK(back > left + sim::milliseconds(5));
}

TEST_CASE("a goroutine that sleeps on its thread gives its P to those that can run") {
  GoMachine go(1);
  sim::Time ran;
  go.run([&](go::G& first) {
    first.runtime.start(first, "other", [&](go::G& g) { ran = g.now(); });
    first.sleep([] { return false; }, first.now() + sim::milliseconds(5));
  });
  CHECK(ran > sim::Time{});
  CHECK(ran < sim::milliseconds(1));
}

TEST_CASE("a locked goroutine goes on where it was, and its M runs nothing else") {
  const int procs = GENERATE(1, 2);
  GoMachine go(procs);
  int rounds = 0;
  go.run([&](go::G& first) {
    first.lock_thread();
    const go::M* const mine = first.m;
    for (int i = 0; i < 20; ++i) {
      first.runtime.start(first, "other", [&](go::G& g) {
        CHECK(g.m != mine);
        g.charge(go.machine.k.path("process.getpid"));
        g.runtime.ready(g, first);
      });
      first.park();
      CHECK(first.m == mine);
      ++rounds;
    }
    first.unlock_thread();
  });
  CHECK(rounds == 20);
  CHECK(go.calls[nr::futex] >= 20);  // each time the P goes to and fro
}

TEST_CASE("after a quiet time the monitor looks less often") {
  GoMachine go(1);
  sim::Time left, ran;
  go.run([&](go::G& first) {
    first.task->sleep_until(first.now() + sim::milliseconds(100));
    first.runtime.start(first, "other", [&](go::G& g) { ran = g.now(); });
    kernel::Sys sys;
    sys.nr = nr::nanosleep;
    sys.at[0] = kernel::Timespec{sim::milliseconds(50)};
    left = first.now();
    first.call(sys);
  });
  CHECK(ran > left + sim::milliseconds(10));
  CHECK(ran < left + sim::milliseconds(21));
}
