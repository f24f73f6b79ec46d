// Disk, timers and waveforms: exact times, order, throughput, and results that do not depend on being
// watched.
#include "cpu/hw/hardware.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpu/hw/disk_params.h"
#include "cpu/hw/flash_timing.h"
#include "cpu/hw/spindle_timing.h"
#include "sim/random.h"

using namespace isosim;
using cpu::BlockOp;
using sim::Time;

namespace {

struct Call : sim::Event {
  explicit Call(std::function<void(Time)> f) : function(std::move(f)) {}
  void fire(Time now) override { function(now); }
  std::function<void(Time)> function;
};

// A thread that waits for its request.
Time block(sim::Task& task, cpu::BlockDevice& disk, BlockOp op, std::uint64_t sector, std::uint64_t bytes) {
  const Time start = task.now();
  bool finished = false;
  Call done([&](Time now) {
    finished = true;
    task.engine().wake(task, now);
  });
  disk.submit(op, sector, bytes, done);
  while (!finished) task.suspend("disk");
  return task.now() - start;
}

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Result {
  std::uint64_t digest;
  Time end;
};

// Threads that compute, read, write, and are ticked by their core's timer.
Result mixed_run(const std::string& vcd) {
  sim::Engine engine;
  cpu::Hardware hardware(engine, 2, sim::Settings{}, vcd);
  std::vector<std::unique_ptr<Call>> ticks;
  for (int core = 0; core < 2; ++core) {
    auto left = std::make_shared<int>(50);
    ticks.push_back(std::make_unique<Call>([&, core, left](Time now) {
      if (--*left > 0)
        hardware.arm_timer(core, now + sim::microseconds(40), *ticks[static_cast<std::size_t>(core)]);
    }));
    hardware.arm_timer(core, sim::microseconds(40), *ticks.back());
  }
  for (int i = 0; i < 4; ++i) {
    engine.spawn(
        "t",
        [&, i](sim::Task& task) {
          sim::Random random(5, "mixed" + std::to_string(i));
          for (int n = 0; n < 100; ++n) {
            hardware.set_running(i % 2, task.id(), task.now());
            hardware.set_mode(i % 2, n % 2 ? sim::Mode::user : sim::Mode::kernel, task.now());
            task.spend({0}, sim::nanoseconds(random.between(1, 5000)));
            hardware.set_running(i % 2, cpu::Hardware::idle_task, task.now());
            if (random.chance(1, 4))
              block(task, hardware.disk(), random.chance(1, 2) ? BlockOp::read : BlockOp::write,
                    random.below(1000) * 8, 4096);
            else
              task.sleep_until(task.now() + sim::nanoseconds(random.between(0, 3000)));
          }
        },
        Time{});
  }
  hardware.run();
  CHECK(engine.suspended().empty());
  return {engine.digest(), engine.now()};
}

}  // namespace

TEST_CASE("a lone request takes the latency of its kind and the transfer of what is beyond 4 KiB") {
  sim::Engine engine;
  cpu::Hardware hardware(engine, 1, sim::Settings{});
  engine.spawn(
      "t",
      [&](sim::Task& task) {
        task.spend({0}, sim::nanoseconds(777));
        auto& disk = hardware.disk();
        CHECK(block(task, disk, BlockOp::read, 8000, 4096) == sim::nanoseconds(110'000));
        CHECK(block(task, disk, BlockOp::read, 8008, 4096) == sim::nanoseconds(36'000));
        CHECK(block(task, disk, BlockOp::write, 16, 4096) ==
              Time{62'500'000});  // bound by random writes a second
        CHECK(block(task, disk, BlockOp::flush, 0, 0) == sim::nanoseconds(36'000));
        const Time large = block(task, disk, BlockOp::read, 8016, 1 << 20);
        CHECK(large.ps == 36'000'000 + ((1 << 20) - 4096) * 2'222'222LL / 1000);
      },
      Time{});
  hardware.run();
}

TEST_CASE("throughput ends at the data sheet's figures") {
  const sim::Settings settings;
  cpu::FlashTiming timing(settings);
  Time last;
  SECTION("random reads a second") {
    for (std::uint64_t i = 0; i < 65'500; ++i)
      last = timing.accept(BlockOp::read, (i * 7919 + 3) % 100'000 * 8, 4096, {});
    CHECK(last.seconds() == Approx(1.0).epsilon(0.01));
  }
  SECTION("sequential bandwidth") {
    for (std::uint64_t i = 0; i < 450; ++i) last = timing.accept(BlockOp::read, i * 2000, 1'024'000, {});
    CHECK(last.seconds() == Approx(450 * 1'024'000 / 450e6).epsilon(0.01));
  }
  SECTION("a flush waits for every write before it") {
    for (std::uint64_t i = 0; i < 10; ++i) last = timing.accept(BlockOp::write, i * 1000, 4096, {});
    CHECK(timing.accept(BlockOp::flush, 0, 0, {}) == last + sim::nanoseconds(36'000));
  }
}

TEST_CASE("requests beyond the queue's depth wait in order and all complete") {
  sim::Settings settings;
  settings.set("disk.queue_depth", 4, "test");
  sim::Engine engine;
  cpu::Hardware hardware(engine, 1, settings);
  std::vector<int> order;
  std::vector<std::unique_ptr<Call>> done;
  for (int i = 0; i < 20; ++i)
    done.push_back(std::make_unique<Call>([&order, i](Time) { order.push_back(i); }));
  engine.spawn(
      "t",
      [&](sim::Task& task) {
        for (int i = 0; i < 20; ++i) {
          hardware.disk().submit(BlockOp::read, static_cast<std::uint64_t>(i) * 8, 4096,
                                 *done[static_cast<std::size_t>(i)]);
          task.spend({0}, sim::microseconds(i));
        }
      },
      Time{});
  hardware.run();
  REQUIRE(order.size() == 20);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("requests that make no sense are refused with their numbers") {
  sim::Engine engine;
  cpu::Hardware hardware(engine, 1, sim::Settings{});
  cpu::BlockDevice& disk = hardware.disk();
  Call done([](Time) {});
  CHECK(disk.sectors() == 480'000'000'000 / 512);
  CHECK(disk.queue_depth() == 32);
  CHECK_THROWS_WITH(disk.submit(BlockOp::read, 7, 100, done), Catch::Contains("100 bytes at sector 7"));
  CHECK_THROWS_AS(disk.submit(BlockOp::read, 0, 0, done), std::invalid_argument);
  CHECK_THROWS_AS(disk.submit(BlockOp::flush, 0, 512, done), std::invalid_argument);
  CHECK_THROWS_AS(disk.submit(BlockOp::read, disk.sectors() - 1, 1024, done), std::out_of_range);
}

TEST_CASE("a core's timer fires at its deadline, once, and arming again moves it") {
  sim::Engine engine;
  cpu::Hardware hardware(engine, 2, sim::Settings{});
  std::vector<std::string> log;
  Call first([&](Time now) { log.push_back("first@" + std::to_string(now.ps)); });
  Call second([&](Time now) { log.push_back("second@" + std::to_string(now.ps)); });
  engine.spawn(
      "t",
      [&](sim::Task& task) {
        hardware.arm_timer(0, Time{500}, first);
        hardware.arm_timer(1, Time{400}, second);
        task.spend({0}, Time{100});
        hardware.arm_timer(0, Time{900}, first);
        hardware.disarm_timer(1);
        task.spend({0}, Time{2000});
        CHECK(log == std::vector<std::string>{"first@900"});
        hardware.arm_timer(1, Time{50}, second);  // past: now
      },
      Time{});
  hardware.run();
  CHECK(log == std::vector<std::string>{"first@900", "second@2100"});
}

TEST_CASE("a run is the same with and without waveforms, and the waveforms are the same each time") {
  const Result plain = mixed_run("");
  const Result watched = mixed_run("hardware_test.vcd");
  const std::string once = contents("hardware_test.vcd");
  const Result again = mixed_run("hardware_test_again");
  CHECK(watched.digest == plain.digest);
  CHECK(watched.end == plain.end);
  CHECK(again.digest == plain.digest);
  CHECK(contents("hardware_test_again") == once);
  std::remove("hardware_test.vcd");
  std::remove("hardware_test_again");

  for (const char* name : {"cpu0.mode", "cpu1.task", "timer0.armed", "disk.in_flight", "ahci.waiting"}) {
    INFO(name);
    CHECK((once.find(std::string(name).substr(std::string(name).find('.') + 1)) != std::string::npos));
  }
  std::int64_t last = -1;
  std::istringstream lines(once.substr(once.find("$enddefinitions")));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] != '#') continue;
    CHECK(std::stoll(line.substr(1)) >= last);
    last = std::stoll(line.substr(1));
  }
  CHECK(last > 0);
  CHECK(Time{last} <= plain.end);
}

TEST_CASE("waveforms that cannot be written are refused") {
  sim::Engine engine;
  CHECK_THROWS_WITH(cpu::Hardware(engine, 1, sim::Settings{}, "/no/such/folder/x.vcd"),
                    Catch::Contains("/no/such/folder/x.vcd"));
}

TEST_CASE("modes follow from what tasks charge on the core that they run on") {
  sim::Catalogue catalogue;
  sim::PathDef user, kernel;
  user.id = "user", user.mode = sim::Mode::user;
  kernel.id = "kernel", kernel.mode = sim::Mode::kernel;
  const sim::PathId user_path = catalogue.add(user), kernel_path = catalogue.add(kernel);
  sim::Engine engine;
  {
    cpu::Hardware hardware(engine, 1, sim::Settings{}, "modes_test.vcd");
    engine.set_observer(hardware.mode_observer(catalogue));
    engine.spawn(
        "t",
        [&](sim::Task& task) {
          task.spend(user_path, Time{10});  // on no core yet
          hardware.set_running(0, task.id(), task.now());
          task.spend(user_path, Time{20});
          task.spend(kernel_path, Time{30});
          task.spend(kernel_path, Time{30});
          hardware.set_running(0, cpu::Hardware::idle_task, task.now());
        },
        Time{});
    hardware.run();
    engine.set_observer(nullptr);
  }
  const std::string vcd = contents("modes_test.vcd");
  std::remove("modes_test.vcd");
  // Three bits of mode: idle 100, user 000, kernel 001.
  std::string id, word, time;
  std::istringstream header(vcd);
  while (header >> word && word != "mode") id = word;
  std::vector<std::string> modes;
  std::istringstream lines(vcd.substr(vcd.find("$enddefinitions")));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] == '#') time = line.substr(1);
    if (line.ends_with(" " + id)) modes.push_back(time + " " + line.substr(0, line.find(' ')));
  }
  CHECK(modes == std::vector<std::string>{" b100", "10 b0", "30 b1", "90 b100"});
}
