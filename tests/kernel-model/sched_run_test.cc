#include <catch2/catch.hpp>
#include <vector>

#include "kernel-model/sched/scheduler.h"
#include "kernel-model/sched/wait_queue.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
using kernel::RunState;
using kernel::Thread;
using sim::microseconds;
using sim::milliseconds;

namespace {
void wait_on(Thread& t, kernel::WaitQueue& queue) {
  queue.add(t);
  t.state = RunState::interruptible;
  t.kernel.sched->block(t);
}
}  // namespace

TEST_CASE("two computing threads share one CPU and do not share two") {
  const auto run = [](std::uint64_t mask_a, std::uint64_t mask_b) {
    test::Machine m;
    sim::Time end_a, end_b;
    m.start(
        "a",
        [&](Thread& t) {
          m.k.compute(t, milliseconds(100));
          end_a = t.now();
          m.k.sched->exit(t);
        },
        mask_a);
    m.start(
        "b",
        [&](Thread& t) {
          m.k.compute(t, milliseconds(100));
          end_b = t.now();
          m.k.sched->exit(t);
        },
        mask_b);
    m.engine.run();
    return std::max(end_a, end_b);
  };
  const sim::Time one = run(1, 1), two = run(1, 2);
  CHECK(one >= milliseconds(200));
  CHECK(one < milliseconds(203));
  CHECK(two >= milliseconds(100));
  CHECK(two < milliseconds(102));
}

TEST_CASE("threads of one CPU take turns: slices are those of the latency period") {
  test::Machine m(1, 1, 1);
  std::vector<sim::Time> ends;
  for (int i = 0; i < 3; ++i)
    m.start("t" + std::to_string(i), [&](Thread& t) {
      m.k.compute(t, milliseconds(60));
      ends.push_back(t.now());
      CHECK(t.se.involuntary_switches >= 3);
      m.k.sched->exit(t);
    });
  m.engine.run();
  REQUIRE(ends.size() == 3);
  CHECK(ends[0] > milliseconds(140));  // nobody ran to the end first
  CHECK(ends[2] < milliseconds(185));
}

TEST_CASE("a nice thread gets its share of the CPU") {
  test::Machine m(1, 1, 1);
  sim::Time fast, slow;
  auto& a = m.start("fast", [&](Thread& t) {
    m.k.compute(t, milliseconds(300));
    fast = t.now();
    m.k.sched->exit(t);
  });
  auto& b = m.start("slow", [&](Thread& t) {
    m.k.compute(t, milliseconds(300));
    slow = t.now();
    m.k.sched->exit(t);
  });
  (void)a;
  m.k.sched->set_nice(b, 5);  // weight 335 of 1024: a quarter
  m.engine.run();
  CHECK(fast > milliseconds(370));
  CHECK(fast < milliseconds(430));
  CHECK(slow > milliseconds(598));
}

TEST_CASE("a wake that comes before the sleeper sleeps is not lost") {
  test::Machine m;
  int done = 0;
  Thread* sleeper = nullptr;
  sleeper = &m.start(
      "sleeper",
      [&](Thread& t) {
        t.state = RunState::interruptible;
        m.k.compute(t,
                    milliseconds(
                        2));  // awake for a while with the state set, as code between prepare and schedule is
        m.k.sched->block(t);
        ++done;
        m.k.sched->exit(t);
      },
      1);
  m.start(
      "waker",
      [&](Thread& t) {
        m.k.compute(t, milliseconds(1));
        m.k.sched->wake(*sleeper, &t);
        m.k.sched->exit(t);
      },
      2);
  m.engine.run();
  CHECK(done == 1);
}

TEST_CASE("ping-pong: every wake leads to exactly one run, on one CPU and on two") {
  for (const std::uint64_t other : {1u, 2u}) {
    test::Machine m;
    kernel::WaitQueue to_a, to_b;
    int turns = 0, ball = 0;
    m.start(
        "a",
        [&](Thread& t) {
          for (int i = 0; i < 1000; ++i) {
            ball = 1;
            to_b.wake(m.k, &t);
            while (ball != 0) wait_on(t, to_a);
            ++turns;
          }
          m.k.sched->exit(t);
        },
        1);
    m.start(
        "b",
        [&](Thread& t) {
          for (int i = 0; i < 1000; ++i) {
            while (ball != 1) wait_on(t, to_b);
            ball = 0;
            to_a.wake(m.k, &t);
          }
          m.k.sched->exit(t);
        },
        other);
    m.engine.run();
    CHECK(turns == 1000);
  }
}

TEST_CASE("a CPU runs one thread at a time, and nobody starves") {
  test::Machine m(1, 2, 2);
  constexpr int count = 24;
  std::vector<Thread*> threads;
  int finished = 0;
  bool overlap = false;
  sim::Time last;
  bool back = false;
  for (int i = 0; i < count; ++i)
    threads.push_back(&m.start("t" + std::to_string(i), [&, i](Thread& t) {
      for (int j = 0; j < 20; ++j) {
        m.k.compute(t, microseconds(700 + 130 * ((i * 7 + j) % 11)));
        if (m.engine.now() < last) back = true;
        last = m.engine.now();
        for (const Thread* other : threads)
          if (other != &t && other->se.on_cpu && other->cpu == t.cpu) overlap = true;
        if (j % 3 == 0) m.k.sched->yield(t);
        if (j % 5 == 0) {
          t.state = RunState::interruptible;
          m.k.sched->block_until(t, t.now() + microseconds(300));
        }
      }
      ++finished;
      m.k.sched->exit(t);
    }));
  m.engine.run();
  CHECK(finished == count);
  CHECK_FALSE(overlap);
  CHECK_FALSE(back);
}

TEST_CASE("an idle CPU takes over a waiting thread") {
  test::Machine m;
  sim::Time end;
  // Both begin on CPU 0; after a while the second may go elsewhere.
  m.start(
      "a",
      [&](Thread& t) {
        m.k.compute(t, milliseconds(100));
        m.k.sched->exit(t);
      },
      1);
  Thread& b = m.start(
      "b",
      [&](Thread& t) {
        m.k.compute(t, milliseconds(100));
        end = t.now();
        m.k.sched->exit(t);
      },
      1);
  b.affinity = ~0ull;
  m.engine.run();
  CHECK(end < milliseconds(135));
  CHECK(b.cpu != 0);
}

TEST_CASE("a sleep ends in the range of its slack, and a wake ends it earlier") {
  test::Machine m;
  Thread* sleeper = nullptr;
  bool early = false, late = true;
  sim::Time woke, slept;
  sleeper = &m.start(
      "sleeper",
      [&](Thread& t) {
        t.state = RunState::interruptible;
        late = m.k.sched->block_until(t, t.now() + milliseconds(5));
        slept = t.now();
        t.state = RunState::interruptible;
        early = m.k.sched->block_until(t, t.now() + milliseconds(1000));
        woke = t.now();
        m.k.sched->exit(t);
      },
      1);
  m.start(
      "waker",
      [&](Thread& t) {
        m.k.compute(t, milliseconds(20));
        m.k.sched->wake(*sleeper, &t);
        m.k.sched->exit(t);
      },
      2);
  m.engine.run();
  CHECK_FALSE(late);
  CHECK(slept >= milliseconds(5) + microseconds(50));
  CHECK(slept < milliseconds(5) + microseconds(150));
  CHECK(early);
  CHECK(woke > milliseconds(20));
  CHECK(woke < milliseconds(21));
  CHECK(m.engine.now() < milliseconds(30));  // the cancelled timer does not fire
}

TEST_CASE("an interrupt takes its time from the thread that runs") {
  const auto run = [](bool interrupted) {
    test::Machine m;
    sim::Time end;
    struct Raise : sim::Event {
      test::Machine* m;
      void fire(sim::Time) override {
        m->k.sched->interrupt(
            0, [this](kernel::Irq& irq) { irq.task.spend(m->k.path("user.compute"), milliseconds(3)); });
      }
    } raise;
    raise.m = &m;
    m.start(
        "a",
        [&](Thread& t) {
          m.k.compute(t, milliseconds(10));
          end = t.now();
          m.k.sched->exit(t);
        },
        1);
    if (interrupted) m.engine.schedule(raise, milliseconds(4));
    m.engine.run();
    return end;
  };
  const sim::Time delay = run(true) - run(false);
  CHECK(delay >= milliseconds(3));
  CHECK(delay < milliseconds(3) + microseconds(20));
}

TEST_CASE("an interrupt's wake-up runs on the interrupted idle CPU") {
  test::Machine m;
  Thread* sleeper = nullptr;
  sim::Time woke;
  struct Raise : sim::Event {
    std::function<void()> action;
    void fire(sim::Time) override { action(); }
  } raise;
  sleeper = &m.start(
      "sleeper",
      [&](Thread& t) {
        t.state = RunState::uninterruptible;
        m.k.sched->block(t);
        woke = t.now();
        m.k.sched->exit(t);
      },
      1);
  raise.action = [&] { m.k.sched->interrupt(0, [&](kernel::Irq&) { m.k.sched->wake(*sleeper, nullptr); }); };
  m.engine.schedule(raise, milliseconds(7));
  m.engine.run();
  CHECK(woke > milliseconds(7));
  CHECK(woke < milliseconds(7) + microseconds(40));
}

TEST_CASE("long idle wakes slower than short idle") {
  const auto latency = [](sim::Time pause) {
    test::Machine m;
    kernel::WaitQueue queue;
    std::vector<sim::Time> woken, waking;
    m.start(
        "sleeper",
        [&](Thread& t) {
          for (int i = 0; i < 12; ++i) {
            wait_on(t, queue);
            woken.push_back(t.now());
          }
          m.k.sched->exit(t);
        },
        1);
    m.start(
        "waker",
        [&](Thread& t) {
          for (int i = 0; i < 12; ++i) {
            m.k.compute(t, pause);
            waking.push_back(t.now());
            queue.wake(m.k, &t);
          }
          m.k.sched->exit(t);
        },
        2);
    m.engine.run();
    return woken.back() - waking.back();
  };
  CHECK(latency(milliseconds(5)) > latency(microseconds(15)) + microseconds(5));
}

TEST_CASE("the time that an interrupt takes from kernel code is reported once") {
  struct Waits final : sim::Observer {
    void on_charge(const sim::Task&, sim::PathId, sim::Time, sim::Time, std::uint64_t) override {}
    void on_wait(const sim::Task&, std::string_view reason, sim::Time start, sim::Time end) override {
      if (reason == "interrupt") spans.push_back(end - start);
    }
    std::vector<sim::Time> spans;
  } waits;
  struct Raise : sim::Event {
    test::Machine* m;
    void fire(sim::Time) override {
      m->k.sched->interrupt(
          0, [this](kernel::Irq& irq) { irq.task.spend(m->k.path("user.compute"), milliseconds(3)); });
    }
  } raise;
  test::Machine m;
  raise.m = &m;
  m.engine.set_observer(&waits);
  m.start(
      "a",
      [&](Thread& t) {
        while (t.now() < milliseconds(10)) {
          kernel::Sys s;
          s.nr = kernel::nr::getpid;
          m.k.syscall(t, s);
        }
        m.k.sched->exit(t);
      },
      1);
  m.engine.schedule(raise, milliseconds(4));
  m.engine.run();
  REQUIRE(waits.spans.size() == 1);
  CHECK(waits.spans[0] >= milliseconds(3));
  CHECK(waits.spans[0] < milliseconds(3) + microseconds(20));
}
