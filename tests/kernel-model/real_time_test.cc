// SCHED_FIFO and SCHED_RR: who runs when.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "kernel-model/sched/scheduler.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
using kernel::RunState;
using kernel::Thread;
using sim::microseconds;
using sim::milliseconds;

namespace {

namespace policy = kernel::sched_policy;

struct Fixture {
  explicit Fixture(int cores) : machine(1, cores, 1) {}

  // Sleeps until `begin`, then computes for `span` under a policy; what it did is written down at both ends.
  void thread(char name, int of_policy, int priority, sim::Time begin, sim::Time span,
              std::uint64_t mask = ~0ull) {
    machine.start(
        std::string(1, name),
        [=, this](Thread& t) {
          t.attributes.policy = of_policy;
          t.attributes.rt_priority = priority;
          machine.k.sched->policy_changed(t, t);
          t.state = RunState::interruptible;
          machine.k.sched->block_until(t, begin);
          order += name;
          machine.k.compute(t, span);
          order += static_cast<char>(name - 'a' + 'A');
          ends.push_back(t.now());
          cpus.push_back(t.cpu);
          machine.k.sched->exit(t);
        },
        mask);
  }

  test::Machine machine;
  std::string order;
  std::vector<sim::Time> ends;
  std::vector<int> cpus;
};

}  // namespace

TEST_CASE("a real-time thread takes the CPU when it wakes, and keeps it until it is done") {
  Fixture f(1);
  f.thread('a', policy::normal, 0, milliseconds(1), milliseconds(50));
  f.thread('b', policy::fifo, 10, milliseconds(20), milliseconds(30));
  f.machine.engine.run();
  CHECK(f.order == "abBA");
  CHECK(f.ends[0] < milliseconds(51));
  CHECK(f.ends[1] > milliseconds(80));
}

TEST_CASE("the higher priority goes first; who was preempted goes on before its equals") {
  Fixture f(1);
  f.thread('a', policy::fifo, 5, milliseconds(1), milliseconds(50));
  f.thread('b', policy::fifo, 5, milliseconds(10), milliseconds(10));
  f.thread('c', policy::fifo, 9, milliseconds(20), milliseconds(10));
  f.machine.engine.run();
  CHECK(f.order == "acCAbB");
}

TEST_CASE("SCHED_RR takes turns of 100 ms, SCHED_FIFO none") {
  for (const int of : {policy::round_robin, policy::fifo}) {
    Fixture f(1);
    f.thread('a', of, 5, milliseconds(1), milliseconds(150));
    f.thread('b', of, 5, milliseconds(2), milliseconds(150));
    f.machine.engine.run();
    CHECK(f.order == (of == policy::fifo ? "aAbB" : "abAB"));
  }
}

TEST_CASE("real-time threads spread over the CPUs instead of waiting for each other") {
  Fixture f(2);
  f.thread('a', policy::fifo, 5, milliseconds(1), milliseconds(50), 1);  // on the first CPU only
  f.thread('b', policy::fifo, 5, milliseconds(2), milliseconds(50));
  f.thread('c', policy::normal, 0, milliseconds(3), milliseconds(50));
  f.machine.engine.run();
  REQUIRE(f.ends.size() == 3);
  CHECK(f.ends[1] < milliseconds(54));  // both at once
  CHECK(f.ends[2] > milliseconds(100));
  CHECK(f.order.back() == 'C');
}

TEST_CASE("a real-time thread that wakes behind its equal goes where less is run") {
  Fixture f(2);
  f.thread('a', policy::fifo, 5, milliseconds(1), milliseconds(50), 1);
  f.thread('b', policy::normal, 0, milliseconds(2), milliseconds(200), 2);  // does not look for others
  f.machine.start(
      "c",
      [&](Thread& t) {
        t.attributes.policy = policy::fifo;
        t.attributes.rt_priority = 5;
        f.machine.k.sched->policy_changed(t, t);
        t.affinity = 3;  // it has slept on the first CPU so far
        t.state = RunState::interruptible;
        f.machine.k.sched->block_until(t, milliseconds(10));
        CHECK(t.cpu == 1);
        f.machine.k.compute(t, milliseconds(20));
        CHECK(t.now() < milliseconds(32));
        f.machine.k.sched->exit(t);
      },
      1);
  f.machine.engine.run();
  CHECK(f.order == "abAB");
}

TEST_CASE("who is preempted by something more urgent goes on where less is run") {
  Fixture f(2);
  f.thread('a', policy::fifo, 5, milliseconds(1), milliseconds(50));
  f.thread('b', policy::normal, 0, milliseconds(2), milliseconds(200));
  f.thread('c', policy::fifo, 9, milliseconds(10), milliseconds(50), 1);
  f.machine.engine.run();
  REQUIRE(f.ends.size() == 3);
  CHECK(f.order == "abcACB");  // b computes, so its CPU would not look for a by itself
  CHECK(f.ends[0] < milliseconds(53));
}

TEST_CASE("a new fair thread goes to an idle CPU, not behind a real-time one") {
  Fixture f(2);
  f.thread('a', policy::fifo, 5, milliseconds(1), milliseconds(50), 1);
  f.machine.start("parent", [&](Thread& t) {
    t.state = RunState::interruptible;
    f.machine.k.sched->block_until(t, milliseconds(10));
    auto& child = f.machine.k.create_thread(*t.process, "child", [&](Thread& c) {
      f.machine.k.compute(c, milliseconds(5));
      CHECK(c.cpu == 1);
      CHECK(c.now() < milliseconds(40));
      f.machine.k.sched->exit(c);
    });
    f.machine.k.sched->start(child, nullptr);  // from the first CPU
    f.machine.k.sched->exit(t);
  });
  f.machine.engine.run();
  CHECK(f.ends.size() == 1);
}
