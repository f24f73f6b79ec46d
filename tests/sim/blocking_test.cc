// Mutex, semaphore, channel: nobody gets in without a permit, and nobody overtakes.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sim/channel.h"
#include "sim/mutex.h"
#include "sim/semaphore.h"

using namespace isosim::sim;

namespace {
constexpr PathId work{0};
}

TEST_CASE("a mutex admits one task at a time, in the order of asking") {
  Engine engine;
  Mutex mutex;
  std::vector<std::uint32_t> order;
  int inside = 0;
  for (int i = 0; i < 5; ++i) {
    engine.spawn(
        "t",
        [&](Task& task) {
          for (int round = 0; round < 3; ++round) {
            const MutexLock lock(mutex, task);
            CHECK(++inside == 1);
            order.push_back(task.id());
            task.spend(work, Time{100});
            --inside;
          }
        },
        Time{i});
  }
  engine.run();
  // Whoever unlocks and asks again at once comes last.
  CHECK(order == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4});
  CHECK(engine.now() == Time{1500});
  CHECK_FALSE(mutex.locked());
}

TEST_CASE("a stray wake does not let a task through a mutex") {
  Engine engine;
  Mutex mutex;
  Time entered;
  engine.spawn(
      "holder",
      [&](Task& task) {
        const MutexLock lock(mutex, task);
        task.spend(work, Time{100});
      },
      Time{});
  Task& second = engine.spawn(
      "second",
      [&](Task& task) {
        const MutexLock lock(mutex, task);
        entered = task.now();
      },
      Time{1});
  engine.spawn(
      "stray", [&](Task& task) { engine.wake(second, task.now()); }, Time{50});
  engine.run();
  CHECK(entered == Time{100});
}

TEST_CASE("a semaphore never hands out more than its permits") {
  Engine engine;
  Semaphore semaphore(3);
  int inside = 0, most = 0;
  for (int i = 0; i < 20; ++i) {
    engine.spawn(
        "t",
        [&](Task& task) {
          semaphore.acquire(task);
          most = std::max(most, ++inside);
          task.spend(work, Time{10 + task.id() % 3});
          --inside;
          semaphore.release();
        },
        Time{i % 4});
  }
  engine.run();
  CHECK(most == 3);
  CHECK(inside == 0);
  CHECK(semaphore.permits() == 3);
  CHECK(engine.suspended().empty());
}

TEST_CASE("a channel keeps the order of values and of receivers, and blocks senders when full") {
  Engine engine;
  Channel<int> channel(2);
  std::vector<std::pair<std::uint32_t, int>> got;
  for (int i = 0; i < 3; ++i) {
    engine.spawn(
        "receiver",
        [&](Task& task) {
          for (int n = 0; n < 4; ++n) {
            const int value = channel.get(task);
            got.emplace_back(task.id(), value);
            task.spend(work, Time{50});
          }
        },
        Time{i});
  }
  engine.spawn(
      "sender",
      [&](Task& task) {
        for (int n = 0; n < 12; ++n) {
          channel.put(task, n);
          CHECK(channel.size() <= 2);
          task.spend(work, Time{1});
        }
      },
      Time{10});
  engine.run();
  REQUIRE(got.size() == 12);
  for (int n = 0; n < 12; ++n) {
    CHECK(got[static_cast<std::size_t>(n)].second == n);
    CHECK(got[static_cast<std::size_t>(n)].first == static_cast<std::uint32_t>(n % 3));
  }
  CHECK(channel.try_put(1));
  CHECK(channel.try_put(2));
  CHECK_FALSE(channel.try_put(3));
}

TEST_CASE("a value that was sent goes to the one who waited, not to a late comer at the same time") {
  Engine engine;
  Channel<int> channel(8);
  std::string log;
  engine.spawn(
      "early", [&](Task& task) { log += "early" + std::to_string(channel.get(task)); }, Time{});
  engine.spawn(
      "sender",
      [&](Task& task) {
        channel.put(task, 1);
        channel.put(task, 2);
        log += "late" + std::to_string(channel.get(task)) + ",";
      },
      Time{5});
  engine.run();
  CHECK(log == "late2,early1");
}

TEST_CASE("blocked tasks are listed, and may be destroyed after what they wait for") {
  Engine engine;
  {
    Semaphore semaphore(0);
    engine.spawn(
        "starved", [&](Task& task) { semaphore.acquire(task); }, Time{});
    engine.run();
    REQUIRE(engine.suspended().size() == 1);
    CHECK(engine.suspended()[0]->waits_for() == "semaphore");
  }
}
