// Grace periods, and what waits for them.
#include "kernel-model/sched/rcu.h"

#include <catch2/catch.hpp>

#include "kernel-model/net/net_core.h"
#include "kernel-model/process/cgroup.h"
#include "kernel-model/process/process_table.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
using kernel::Thread;
using sim::milliseconds;

namespace {

struct RcuBench : test::Machine {
  RcuBench() : test::Machine(1, 4, 1) {}
  kernel::Rcu& rcu() { return *k.procs->rcu; }
  sim::Time jiffy() { return k.sched->tick(); }
  // A thread that does something and ends.
  void go(std::uint64_t affinity, const std::function<void(Thread&)>& what, sim::Time* span = nullptr) {
    start(
        "t",
        [this, what, span](Thread& t) {
          const sim::Time begin = t.now();
          what(t);
          if (span) *span = t.now() - begin;
          k.sched->exit(t);
        },
        affinity);
  }
  kernel::NetNamespace& host() { return *k.procs->initial_namespaces->net; }
};

}  // namespace

TEST_CASE("on an idle machine a grace period takes two to three jiffies", "[rcu]") {
  RcuBench m;
  sim::Time span;
  m.go(
      1, [&](Thread& t) { m.rcu().synchronize(t); }, &span);
  m.engine.run();
  CHECK(span >= m.jiffy() * 2);
  CHECK(span <= m.jiffy() * 3 + sim::microseconds(100));
  CHECK(m.rcu().completed() == 1);
}

TEST_CASE("a grace period waits for a CPU that stays in the kernel, not for one that computes", "[rcu]") {
  const auto wait_beside = [](bool in_kernel) {
    RcuBench m;
    sim::Time span;
    const auto path = m.k.path("sched.rcu_period");
    m.go(2, [&](Thread& t) {
      in_kernel ? t.task->spend(path, milliseconds(60)) : void(m.k.compute(t, milliseconds(60)));
    });
    m.go(
        1, [&](Thread& t) { m.rcu().synchronize(t); }, &span);
    m.engine.run();
    return span;
  };
  CHECK(wait_beside(true) >= milliseconds(60));
  CHECK(wait_beside(false) < milliseconds(30));
}

TEST_CASE("who comes within a jiffy shares a grace period, who comes during it gets the next", "[rcu]") {
  RcuBench m;
  sim::Time first, late;
  for (const std::uint64_t cpu : {1u, 2u})
    m.go(
        cpu, [&](Thread& t) { m.rcu().synchronize(t); }, &first);
  m.go(
      4,
      [&](Thread& t) {
        m.k.sched->block_until((t.state = kernel::RunState::interruptible, t),
                               m.jiffy() + sim::microseconds(100), {});
        m.rcu().synchronize(t);
      },
      &late);
  m.engine.run();
  CHECK(m.rcu().completed() == 2);
  CHECK(late > first);
}

TEST_CASE("an expedited grace period does not wait for jiffies", "[rcu]") {
  RcuBench m;
  sim::Time span;
  m.go(2, [&](Thread& t) { m.k.compute(t, milliseconds(20)); });
  m.go(
      1, [&](Thread& t) { m.rcu().synchronize_expedited(t); }, &span);
  m.engine.run();
  CHECK(span < sim::microseconds(100));
  CHECK(m.rcu().completed() == 0);
}

TEST_CASE("moves into control groups close upon each other share one grace period", "[rcu]") {
  RcuBench m;
  sim::Time first, second;
  auto group = std::make_shared<kernel::Cgroup>("/a", m.k.procs->root_cgroup);
  m.go(1, [&](Thread& t) {
    const sim::Time begin = t.now();
    attach_to_cgroup(m.k, t, *t.process, group);
    first = t.now() - begin;
    attach_to_cgroup(m.k, t, *t.process, group);
    second = t.now() - begin - first;
  });
  m.engine.run();
  CHECK(first >= m.jiffy() * 2);
  CHECK(second < milliseconds(1));
}

TEST_CASE("rtnl serialises: two pairs of devices at once take twice as long as one", "[rcu]") {
  const auto make = [](int pairs) {
    RcuBench m;
    sim::Time last;
    for (int i = 0; i < pairs; ++i)
      m.go(std::uint64_t{1} << i, [&m, &last, i](Thread& t) {
        const std::string name = std::to_string(i);
        m.k.procs->net->make_pair(t, m.host(), "a" + name, "b" + name);
        last = std::max(last, t.now());
      });
    m.engine.run();
    CHECK(m.host().devices.size() == static_cast<std::size_t>(2 * pairs));
    return last;
  };
  const sim::Time one = make(1), two = make(2);
  CHECK(two.ps > one.ps * 3 / 2);
}

TEST_CASE("a device that goes takes its peer along, in whatever name space", "[rcu]") {
  RcuBench m;
  const auto other = std::make_shared<kernel::NetNamespace>();
  sim::Time span;
  m.go(1, [&](Thread& t) {
    kernel::NetCore& net = *m.k.procs->net;
    net.make_pair(t, m.host(), "a", "b");
    net.move(t, m.host(), "b", *other);
    CHECK(other->devices.size() == 1);
    const sim::Time begin = t.now();
    net.remove_pair(t, m.host(), "a");
    span = t.now() - begin;
  });
  m.engine.run();
  CHECK(m.host().devices.empty());
  CHECK(other->devices.empty());
  CHECK(span >= m.jiffy() * 2);  // netdev_run_todo's barrier
}

TEST_CASE("a name space is made only after those that died are taken apart", "[rcu]") {
  RcuBench m;
  sim::Time before, after;
  m.go(1, [&](Thread& t) {
    kernel::NetCore& net = *m.k.procs->net;
    sim::Time begin = t.now();
    auto space = net.make_space(t);
    before = t.now() - begin;
    net.put(t, std::move(space));
    CHECK_FALSE(net.quiet());
    m.k.sched->block_until((t.state = kernel::RunState::interruptible, t), t.now() + milliseconds(1), {});
    begin = t.now();
    space = net.make_space(t);
    after = t.now() - begin;
  });
  m.engine.run();
  CHECK(m.k.procs->net->quiet());
  CHECK(after >= before + m.jiffy() * 6);
}
