// Software beside hardware: the same result with and without foreign activity, and exact meetings of the two.
#include "sim/bridge.h"

#include <catch2/catch.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/random.h"
#include "sim/systemc.h"

using namespace isosim::sim;

namespace {

constexpr PathId step{0};

// Does something each period, a number of times.
class Ticker : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Ticker);
  Ticker(const sc_core::sc_module_name& module_name, std::int64_t period, int ticks,
         std::function<void()> f = {})
      : sc_module(module_name), period_(period), left_(ticks), action_(std::move(f)) {
    SC_METHOD(tick);
    dont_initialize();
    sensitive << event_;
    event_.notify(to_systemc(Time{period_}));
  }

 private:
  void tick() {
    if (action_) action_();
    if (--left_ > 0) event_.notify(to_systemc(Time{period_}));
  }
  std::int64_t period_;
  int left_;
  std::function<void()> action_;
  sc_core::sc_event event_;
};

// Calls a function when its event is notified.
class Probe : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Probe);
  Probe(const sc_core::sc_module_name& module_name, std::function<void()> f)
      : sc_module(module_name), action_(std::move(f)) {
    SC_METHOD(act);
    dont_initialize();
    sensitive << event;
  }
  sc_core::sc_event event;

 private:
  void act() { action_(); }
  std::function<void()> action_;
};

struct Call : Event {
  explicit Call(std::function<void(Time)> f) : function(std::move(f)) {}
  void fire(Time now) override { function(now); }
  std::function<void(Time)> function;
};

// Tasks that charge, sleep, wake each other and time out, with many equal times.
void spawn_software(Engine& engine) {
  auto tasks = std::make_shared<std::vector<Task*>>();
  for (std::uint64_t i = 0; i < 12; ++i) {
    tasks->push_back(&engine.spawn(
        "t" + std::to_string(i),
        [tasks, i](Task& task) {
          Random random(7, "task" + std::to_string(i));
          for (int n = 0; n < 300; ++n) {
            switch (random.below(4)) {
              case 0:
                task.sleep_until(task.now() + Time{random.between(0, 9) * 250});
                break;
              case 1:
                task.spend_interruptible(step, Time{random.between(1, 9) * 250});
                break;
              case 2:
                task.engine().wake(*(*tasks)[random.below(12)], task.now());
                break;
              default:
                task.spend(step, Time{random.between(1, 9) * 250});
                break;
            }
          }
        },
        Time{}));
  }
}

}  // namespace

TEST_CASE("software runs to the same digest alone, under SystemC, and beside foreign ticks") {
  Engine alone;
  spawn_software(alone);
  alone.run();
  for (const std::int64_t period : {0, 1, 250, 333, 1000, 100'000}) {
    Engine engine;
    Bridge bridge(engine);
    std::unique_ptr<Ticker> early, late;
    if (period > 0) {
      early = std::make_unique<Ticker>("early", period, 5000);
      late = std::make_unique<Ticker>("late", period * 3, 5000);
    }
    spawn_software(engine);
    bridge.run();
    CHECK(engine.digest() == alone.digest());
    CHECK(engine.now() == alone.now());
  }
}

TEST_CASE("with nothing but software, SystemC is entered once") {
  Engine engine;
  Bridge bridge(engine);
  engine.spawn(
      "t",
      [](Task& task) {
        for (int i = 0; i < 1000; ++i) task.spend(step, Time{10});
      },
      Time{});
  bridge.run();
  CHECK(engine.switches() == 1);
}

TEST_CASE("software and hardware meet at the picosecond, in both directions") {
  Engine engine;
  Bridge bridge(engine);
  std::vector<std::string> log;
  const auto note = [&log](const std::string& who, Time at) {
    log.push_back(who + "@" + std::to_string(at.ps));
  };
  Task* sleeper = nullptr;
  Call interrupt([&](Time now) { note("interrupt", now); });
  Probe device("device", [&] {
    note("device", bridge.hardware_now());
    bridge.wake(*sleeper);
    bridge.schedule(interrupt);
  });
  sleeper = &engine.spawn(
      "sleeper",
      [&](Task& task) {
        task.suspend();
        note("sleeper", task.now());
      },
      Time{});
  engine.spawn(
      "driver",
      [&](Task& task) {
        task.spend(step, Time{100});
        bridge.notify(device.event, task.now() + Time{50});
        task.spend(step, Time{49});
        note("driver", task.now());
        task.spend(step, Time{1});
        note("driver", task.now());  // software of the same time comes after the hardware
        task.spend(step, Time{1});
        note("driver", task.now());
      },
      Time{});
  bridge.run();
  CHECK(log == std::vector<std::string>{"driver@149", "device@150", "driver@150", "sleeper@150",
                                        "interrupt@150", "driver@151"});
}

TEST_CASE("hardware goes first at equal times whichever was made first, delta cycles included") {
  for (const bool other_order : {false, true}) {
    std::string log;
    Engine engine;
    Bridge bridge(engine);
    std::unique_ptr<Probe> last = std::make_unique<Probe>("last", [&] { log += "delta2 "; });
    Probe middle("middle", [&] {
      log += "delta1 ";
      last->event.notify(sc_core::SC_ZERO_TIME);
    });
    Ticker first("first", 1000, 1, [&] {
      log += "timed ";
      middle.event.notify(sc_core::SC_ZERO_TIME);
    });
    Ticker second("second", 1000, 1, [&] { log += "timed "; });
    engine.spawn(
        "t",
        [&](Task& task) {
          task.sleep_until(Time{other_order ? 999 : 1000});
          if (other_order) task.spend(step, Time{1});
          log += "software";
        },
        Time{});
    bridge.run();
    CHECK(log == "timed timed delta1 delta2 software");
  }
}

TEST_CASE("what a task throws leaves the bridge, and what remains can still run") {
  Engine engine;
  Bridge bridge(engine);
  Ticker ticker("ticker", 100, 20);
  bool finished = false;
  engine.spawn(
      "bad",
      [](Task& task) {
        task.spend(step, Time{500});
        throw std::runtime_error("broken model");
      },
      Time{});
  engine.spawn(
      "good",
      [&](Task& task) {
        task.spend(step, Time{5000});
        finished = true;
      },
      Time{});
  CHECK_THROWS_WITH(bridge.run(), "broken model");
  CHECK_FALSE(finished);
  bridge.run();
  CHECK(finished);
}

TEST_CASE("a second bridge at once is refused, one after another is not") {
  for (int i = 0; i < 20; ++i) {
    Engine engine;
    Bridge bridge(engine);
    CHECK_THROWS_AS(Bridge(engine), std::logic_error);
    Ticker ticker("ticker", 100, 20);
    engine.spawn(
        "t", [](Task& task) { task.sleep_until(Time{5000}); }, Time{});
    bridge.run();
    CHECK(engine.now() == Time{5000});
  }
}
