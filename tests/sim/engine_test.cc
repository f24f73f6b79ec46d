// The promises of the engine: order, time, wakes, failure, digest.
#include "sim/engine.h"

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

using namespace isosim::sim;

namespace {

const CostTable costs{{0, 0}, {10, 0}, {100, 2500}};
constexpr PathId step{1}, sized{2};

struct Mark : Event {
  Mark(std::vector<std::string>& l, std::string n) : log(l), name(std::move(n)) {}
  void fire(Time now) override { log.push_back(name + "@" + std::to_string(now.ps)); }
  std::vector<std::string>& log;
  std::string name;
};

struct Call : Event {
  explicit Call(std::function<void(Time)> f) : function(std::move(f)) {}
  void fire(Time now) override { function(now); }
  std::function<void(Time)> function;
};

struct CountingObserver : Observer {
  void on_charge(const Task&, PathId, Time start, Time span, std::uint64_t) override {
    ++charges;
    total += span;
    last_end = start + span;
  }
  void on_wait(const Task&, std::string_view why, Time start, Time end) override {
    reason = why;
    waited += end - start;
  }
  int charges = 0;
  Time total, last_end, waited;
  std::string reason;
};

}  // namespace

TEST_CASE("events fire in time order, equal times in the order of scheduling") {
  Engine engine;
  std::vector<std::string> log;
  Mark a(log, "a"), b(log, "b"), c(log, "c"), d(log, "d");
  engine.schedule(c, Time{30});
  engine.schedule(a, Time{10});
  engine.schedule(d, Time{30});
  engine.schedule(b, Time{20});
  engine.run();
  CHECK(log == std::vector<std::string>{"a@10", "b@20", "c@30", "d@30"});
}

TEST_CASE("tasks interleave exactly by local time") {
  Engine engine;
  std::vector<std::pair<std::uint32_t, std::int64_t>> log;
  for (std::int64_t span : {3, 5, 7}) {
    engine.spawn(
        "t",
        [&log, span](Task& task) {
          for (int i = 0; i < 20; ++i) {
            task.spend(step, Time{span});
            log.emplace_back(task.id(), task.now().ps);
          }
        },
        Time{});
  }
  engine.run();
  REQUIRE(log.size() == 60);
  for (std::size_t i = 1; i < log.size(); ++i) CHECK(log[i - 1].second <= log[i].second);
  CHECK(engine.now() == Time{140});
}

TEST_CASE("others run after what a task accrues, before what it charges next") {
  Engine engine;
  std::vector<std::string> log;
  Mark early(log, "early"), late(log, "late");
  engine.schedule(early, Time{5});
  engine.schedule(late, Time{25});
  CountingObserver observer;
  engine.set_observer(&observer);
  Task& task = engine.spawn(
      "t",
      [&](Task& self) {
        self.accrue(step);
        log.push_back("accrued@" + std::to_string(self.now().ps));
        self.charge(step);
        log.push_back("charged@" + std::to_string(self.now().ps));
      },
      Time{});
  task.set_costs(&costs);
  engine.run();
  CHECK(log == std::vector<std::string>{"accrued@10", "early@5", "charged@20", "late@25"});
  CHECK((observer.charges == 2 && observer.total == Time{20}));
}

TEST_CASE("a task gives way at equal time to what was queued before it") {
  Engine engine;
  std::vector<std::string> log;
  Mark event(log, "event");
  engine.schedule(event, Time{10});
  engine.spawn(
      "t",
      [&](Task& task) {
        task.spend(step, Time{10});
        log.push_back("task@" + std::to_string(task.now().ps));
      },
      Time{});
  engine.run();
  CHECK(log == std::vector<std::string>{"event@10", "task@10"});
}

TEST_CASE("a lone task never switches") {
  Engine engine;
  engine.spawn(
      "t",
      [](Task& task) {
        task.set_costs(&costs);
        for (int i = 0; i < 1000; ++i) task.charge(step);
        task.sleep_until(Time{50'000});
        CHECK(task.spend_interruptible(step, Time{7}) == Time{});
      },
      Time{});
  engine.run();
  CHECK(engine.switches() == 1);
  CHECK(engine.now() == Time{50'007});
}

TEST_CASE("a charge costs the fixed part and units, rounded to the nearest picosecond") {
  Engine engine;
  engine.spawn(
      "t",
      [](Task& task) {
        task.set_costs(&costs);
        task.charge(sized);
        CHECK(task.now() == Time{100});
        task.charge(sized, 1);  // 2.5 ps
        CHECK(task.now() == Time{203});
        task.charge(sized, 1'000'000);
        CHECK(task.now() == Time{203 + 100 + 2'500'000});
      },
      Time{});
  engine.run();
}

TEST_CASE("time never runs back: a wake or an event in the past counts as now") {
  Engine engine;
  std::vector<std::string> log;
  Mark event(log, "event");
  Task& sleeper = engine.spawn(
      "sleeper",
      [](Task& task) {
        task.suspend();
        CHECK(task.now() == Time{500});
      },
      Time{});
  engine.spawn(
      "waker",
      [&](Task& task) {
        task.spend(step, Time{500});
        engine.schedule(event, Time{100});
        engine.wake(sleeper, Time{50});
      },
      Time{});
  engine.run();
  CHECK(log == std::vector<std::string>{"event@500"});
}

TEST_CASE("a wake ends a sleep early, an earlier wake wins, a later one does not delay") {
  Engine engine;
  bool undisturbed = true;
  Time woken;
  Task& sleeper = engine.spawn(
      "sleeper",
      [&](Task& task) {
        undisturbed = task.sleep_until(Time{1000});
        woken = task.now();
      },
      Time{});
  SECTION("none") {
    engine.run();
    CHECK(undisturbed);
    CHECK(woken == Time{1000});
  }
  SECTION("two") {
    Call wake([&](Time) {
      engine.wake(sleeper, Time{600});
      engine.wake(sleeper, Time{400});
      engine.wake(sleeper, Time{500});
    });
    engine.schedule(wake, Time{10});
    engine.run();
    CHECK_FALSE(undisturbed);
    CHECK(woken == Time{400});
  }
  SECTION("a suspended task") {
    Task& other = engine.spawn(
        "other", [&](Task& task) { task.suspend(); }, Time{});
    Call wake([&](Time) { engine.wake(other, Time{70}); });
    engine.schedule(wake, Time{60});
    engine.run();
    CHECK(other.done());
    CHECK(other.now() == Time{70});
  }
}

TEST_CASE("an interruptible span returns what was not spent") {
  Engine engine;
  Time left;
  Task& worker =
      engine.spawn("worker", [&](Task& task) { left = task.spend_interruptible(step, Time{1000}); }, {});
  Call tick([&](Time now) { engine.wake(worker, now); });
  SECTION("interrupted") {
    engine.schedule(tick, Time{300});
    engine.run();
    CHECK(left == Time{700});
    CHECK(worker.now() == Time{300});
  }
  SECTION("not interrupted: the event is later") {
    engine.schedule(tick, Time{1001});
    engine.run();
    CHECK(left == Time{});
    CHECK(worker.now() == Time{1000});
  }
}

TEST_CASE("a cancelled, a re-armed and a destroyed event") {
  Engine engine;
  std::vector<std::string> log;
  Mark cancelled(log, "cancelled"), moved(log, "moved");
  auto destroyed = std::make_unique<Mark>(log, "destroyed");
  engine.schedule(cancelled, Time{10});
  engine.schedule(moved, Time{10});
  engine.schedule(*destroyed, Time{10});
  engine.cancel(cancelled);
  engine.cancel(cancelled);
  engine.schedule(moved, Time{40});
  engine.schedule(moved, Time{20});
  destroyed.reset();
  CHECK_FALSE(cancelled.pending());
  CHECK(moved.pending());
  CHECK(engine.next() == Time{20});
  engine.run();
  CHECK(log == std::vector<std::string>{"moved@20"});
  CHECK_FALSE(moved.pending());
}

TEST_CASE("an event may outlive its engine") {
  std::vector<std::string> log;
  Mark event(log, "event");
  {
    Engine engine;
    engine.schedule(event, Time{10});
    engine.schedule(event, Time{20});
  }
  CHECK(log.empty());
}

TEST_CASE("order survives a million re-armed timers") {
  Engine engine;
  std::vector<std::string> log;
  std::vector<std::unique_ptr<Mark>> marks;
  for (int i = 0; i < 100; ++i) marks.push_back(std::make_unique<Mark>(log, std::to_string(i)));
  for (int round = 0; round < 10'000; ++round)
    for (int i = 0; i < 100; ++i)
      engine.schedule(*marks[static_cast<std::size_t>(i)], Time{1000 - i + round});
  engine.run();
  REQUIRE(log.size() == 100);
  for (int i = 0; i < 100; ++i) {
    const int name = 99 - i;
    CHECK(log[static_cast<std::size_t>(i)] == std::to_string(name) + "@" + std::to_string(10'999 - name));
  }
}

TEST_CASE("a wait can be repeated without end: superseded deadlines do not pile up") {
  Engine engine;
  std::uint64_t rounds = 0;
  Task& poller = engine.spawn(
      "poller",
      [&](Task& task) {
        while (rounds < 100'000 && !task.sleep_until(task.now() + milliseconds(10'000))) ++rounds;
      },
      Time{});
  engine.spawn(
      "waker",
      [&](Task& task) {
        for (int i = 0; i < 100'000; ++i) {
          task.spend(step, Time{10});
          engine.wake(poller, task.now());
        }
      },
      Time{1});
  engine.run();
  CHECK(rounds == 100'000);
}

TEST_CASE("what a task throws leaves run(), and the engine goes on") {
  Engine engine;
  std::vector<std::string> log;
  Mark later(log, "later");
  engine.schedule(later, Time{100});
  Task& bad = engine.spawn(
      "bad",
      [](Task& task) {
        task.spend(step, Time{10});
        throw std::runtime_error("broken model");
      },
      Time{});
  CHECK_THROWS_WITH(engine.run(), "broken model");
  CHECK(bad.done());
  CHECK(engine.current() == nullptr);
  engine.run();
  CHECK(log == std::vector<std::string>{"later@100"});
}

TEST_CASE("a task cannot run its own engine") {
  Engine engine;
  engine.spawn(
      "loop", [&](Task&) { engine.run(); }, Time{});
  CHECK_THROWS_AS(engine.run(), std::logic_error);
}

TEST_CASE("suspended tasks are listed with their reason, and unwound with the engine") {
  int destroyed = 0;
  struct Guard {
    int& count;
    Engine& engine;
    Task*& other;
    ~Guard() {
      ++count;
      if (other) engine.wake(*other, Time{});
    }
  };
  {
    Engine engine;
    Task* other = nullptr;
    for (int i = 0; i < 3; ++i) {
      Task& task = engine.spawn(
          "stuck" + std::to_string(i),
          [&](Task& self) {
            const Guard guard{destroyed, engine, other};
            const Frame frame(self, "frame");
            self.suspend("a reply");
          },
          Time{});
      if (i == 0) other = &task;
    }
    engine.spawn(
        "fine", [](Task& task) { task.sleep_until(Time{5}); }, Time{});
    engine.run();
    const auto stuck = engine.suspended();
    REQUIRE(stuck.size() == 3);
    CHECK(stuck[1]->name() == "stuck1");
    CHECK(stuck[1]->waits_for() == "a reply");
    CHECK(destroyed == 0);
  }
  CHECK(destroyed == 3);
}

TEST_CASE("an engine that never ran, or stopped in the middle, is destroyed cleanly") {
  std::vector<std::string> log;
  Mark event(log, "event");
  Engine engine;
  engine.schedule(event, Time{50});
  Task& task = engine.spawn(
      "t", [](Task& t) { t.spend(step, Time{100}); }, Time{});
  engine.run_before(Time{50});
  CHECK(log.empty());
  CHECK_FALSE(task.done());
}

TEST_CASE("run_before stops exactly and changes nothing but where it stops") {
  const auto digest = [](std::int64_t slice) {
    Engine engine;
    for (std::int64_t span : {3, 5, 7, 5}) {
      engine.spawn(
          "t",
          [span](Task& task) {
            for (int i = 0; i < 50; ++i) {
              task.spend(step, Time{span});
              if (i % 7 == 0) task.sleep_until(task.now() + Time{11});
              if (i % 5 == 0) task.spend_interruptible(step, Time{4});
            }
          },
          Time{});
    }
    if (slice == 0) {
      engine.run();
    } else {
      for (std::int64_t limit = slice; engine.next() != Time::max(); limit += slice) {
        engine.run_before(Time{limit});
        CHECK(engine.next() >= Time{limit});
      }
    }
    return engine.digest();
  };
  const auto whole = digest(0);
  for (std::int64_t slice : {1, 2, 3, 10, 35}) CHECK(digest(slice) == whole);
}

TEST_CASE("the clock can be moved between events, not across them") {
  Engine engine;
  std::vector<std::string> log;
  Mark event(log, "event");
  engine.schedule(event, Time{50});
  engine.advance_to(Time{50});
  CHECK(engine.now() == Time{50});
  CHECK_THROWS_AS(engine.advance_to(Time{49}), std::logic_error);
  CHECK_THROWS_AS(engine.advance_to(Time{51}), std::logic_error);
}

TEST_CASE("the digest tells runs apart by one charge, one wait, one event; observers do not change it") {
  struct Change {
    std::int64_t charge = 10, wait = 20, event = 30;
  };
  const auto run = [](Change change, Observer* observer) {
    Engine engine;
    std::vector<std::string> log;
    Mark event(log, "event");
    engine.set_observer(observer);
    engine.schedule(event, Time{change.event});
    engine.spawn(
        "t",
        [&](Task& task) {
          for (int i = 0; i < 10; ++i) task.spend(step, Time{i == 5 ? change.charge : 10});
          task.sleep_until(Time{200 + change.wait});
        },
        Time{});
    engine.run();
    return engine.digest();
  };
  CountingObserver observer;
  const auto base = run({}, nullptr);
  CHECK(run({}, nullptr) == base);
  CHECK(run({}, &observer) == base);
  CHECK(observer.charges == 10);
  CHECK(observer.total == Time{100});
  CHECK(observer.last_end == Time{100});
  CHECK(observer.waited == Time{120});
  CHECK(observer.reason == "sleep");
  CHECK(run({.charge = 11}, nullptr) != base);
  CHECK(run({.wait = 21}, nullptr) != base);
  CHECK(run({.event = 31}, nullptr) != base);
}

TEST_CASE("100,000 tasks live at once") {
  Engine engine;
  std::int64_t done = 0;
  for (int i = 0; i < 100'000; ++i) {
    engine.spawn(
        "t",
        [&done, i](Task& task) {
          task.sleep_until(Time{1000 + i % 100});
          ++done;
        },
        Time{i % 10});
  }
  engine.run();
  CHECK(done == 100'000);
  CHECK(engine.now() == Time{1099});
}

TEST_CASE("tasks that switch and throw deep in their stacks keep every frame intact") {
  Engine engine;
  int caught = 0;
  struct Diver {
    static std::int64_t dive(Task& task, int depth) {
      std::array<std::int64_t, 16> frame{};
      frame.fill(depth);
      task.spend(step, Time{depth % 5 + 1});
      const std::int64_t below = depth > 0 ? dive(task, depth - 1) : 0;
      if (depth == 0 && task.id() % 2 == 1) throw std::runtime_error("bottom");
      task.sleep_until(task.now() + Time{3});
      return below + std::accumulate(frame.begin(), frame.end(), std::int64_t{0});
    }
  };
  for (int i = 0; i < 8; ++i) {
    engine.spawn(
        "diver",
        [&](Task& task) {
          try {
            const std::int64_t sum = Diver::dive(task, 100);
            CHECK(sum == 16 * 5050);
          } catch (const std::runtime_error&) {
            ++caught;
          }
        },
        Time{i});
  }
  engine.run();
  CHECK(caught == 4);
}
