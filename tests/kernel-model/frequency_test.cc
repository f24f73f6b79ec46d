// The frequency that CPUs ask for and run at.
#include "kernel-model/sched/frequency.h"

#include <catch2/catch.hpp>

#include "cpu/machine.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
using kernel::FrequencyGovernor;
using kernel::Thread;

namespace {

constexpr sim::Time kTick = sim::milliseconds(4);

// One CPU of the E5-2630 v3, 1.2 to 3.2 GHz, that gets what it asks for.
struct OneCpu {
  explicit OneCpu(bool by_load, bool idle_before = true)
      : spec(cpu::load_machine("e5-2630v3", settings)), governor([&] {
          settings.set("cpufreq.powersave", 1, "test");
          settings.set("cpufreq.by_load", by_load ? 1 : 0, "test");
          settings.set("cpufreq.idle_before", idle_before ? 1 : 0, "test");
          return FrequencyGovernor(spec, settings, kTick);
        }()) {}

  // A tick every 4 ms of which `every`-th finds the CPU awake; it is awake for that share of the time.
  void ticks(int count, int every = 1, std::int64_t most_khz = 3'200'000) {
    for (int i = 1; i <= count; ++i) {
      now += kTick;
      const sim::Time busy{kTick.ps / every};
      use.busy += busy;
      use.cycles += std::min(governor.request_khz(), most_khz) * (busy.ps / 1'000'000) / 1000;
      if (i % every == 0 && governor.due(now, true)) governor.sample(now, use);
    }
  }
  [[nodiscard]] std::int64_t mhz() const { return governor.request_khz() / 1000; }

  sim::Settings settings;
  cpu::MachineSpec spec;
  FrequencyGovernor governor;
  sim::Time now;
  kernel::Scheduler::Use use;
};

}  // namespace

TEST_CASE("Linux 4.4 takes 100 MHz more every third tick of a busy CPU, up to the highest", "[frequency]") {
  OneCpu cpu(false);
  CHECK(cpu.mhz() == 1200);
  cpu.ticks(1);  // it looks at once, and then each 10 ms, which are three ticks
  CHECK(cpu.mhz() == 1300);
  cpu.ticks(2);
  CHECK(cpu.mhz() == 1300);
  cpu.ticks(1);
  CHECK(cpu.mhz() == 1400);
  cpu.ticks(17 * 3);
  CHECK(cpu.mhz() == 3100);
  CHECK_FALSE(cpu.governor.settled(3'100'000));
  cpu.ticks(3);
  CHECK(cpu.mhz() == 3200);
  CHECK(cpu.governor.settled(3'200'000));
  cpu.ticks(30);
  CHECK(cpu.mhz() == 3200);
}

TEST_CASE("Linux 4.4 sees idle time only if it missed three samples for it", "[frequency]") {
  OneCpu half(false, false);
  half.ticks(300, 2);
  CHECK(half.mhz() == 3200);
  OneCpu seldom(false, false);
  seldom.ticks(16, 16);  // 64 ms: busy for 15 %
  CHECK(seldom.mhz() == 1600);
  seldom.ticks(16, 16);
  CHECK(seldom.mhz() == 1200);
}

TEST_CASE("a request beyond what the socket grants comes down to it", "[frequency]") {
  OneCpu cpu(false, false);
  cpu.ticks(300, 1, 2'600'000);
  CHECK(cpu.mhz() == 2700);
  CHECK(cpu.governor.settled(2'600'000));
}

TEST_CASE("Linux 5.4 goes by the share of time out of idle", "[frequency]") {
  OneCpu cpu(true);
  cpu.ticks(3);
  CHECK(cpu.mhz() == 3200);
  cpu.ticks(60, 4);
  CHECK(cpu.mhz() < 1400);  // a quarter more than a quarter of 3.2 GHz would be below the lowest
  OneCpu woken(true);
  CHECK(woken.governor.due(sim::milliseconds(10), false));
  CHECK_FALSE(OneCpu(false).governor.due(sim::milliseconds(100), false));
}

TEST_CASE("a highest frequency between two P-states is asked for by the one above", "[frequency]") {
  sim::Settings settings;
  auto spec = cpu::load_machine("e5-2630v3", settings);
  spec.turbo_khz.front() = 3'250'000;
  CHECK(FrequencyGovernor(spec, settings, kTick).request_khz() == 3'300'000);
}

TEST_CASE("the policy performance asks for the highest and never looks", "[frequency]") {
  sim::Settings settings;
  const auto spec = cpu::load_machine("e5-2630v3", settings);
  settings.set("cpufreq.powersave", 0, "test");
  settings.set("cpufreq.idle_before", 1, "test");
  const FrequencyGovernor governor(spec, settings, kTick);
  CHECK(governor.request_khz() == 3'200'000);
  CHECK(governor.settled(2'600'000));
  CHECK_FALSE(governor.due(sim::milliseconds(1000), true));
}

namespace {

// The test's machine runs at 1.2 to 2 GHz.
sim::Settings from_idle() {
  sim::Settings settings;
  settings.set("cpufreq.powersave", 1, "test");
  settings.set("cpufreq.idle_before", 1, "test");
  return settings;
}

}  // namespace

TEST_CASE("a computation on a machine that idled gets faster as it goes on", "[frequency]") {
  test::Machine machine(1, 1, 1, from_idle());
  std::vector<sim::Time> spans;
  machine.start("work", [&](Thread& t) {
    for (int i = 0; i < 4; ++i) {
      const sim::Time begin = t.now();
      machine.k.compute(t, sim::milliseconds(50));
      spans.push_back(t.now() - begin);
    }
  });
  machine.engine.run();
  // Eight steps of 12 ms up to 2 GHz, at which 50 ms take 50 ms.
  CHECK(spans.at(0) > sim::milliseconds(65));
  CHECK(spans.at(0) < sim::milliseconds(84));
  CHECK(spans.at(1) < spans.at(0));
  CHECK(spans.at(3) < sim::milliseconds(51));
  // 200 ms of work at 2 GHz are 4 * 10^8 cycles, whatever they took.
  const auto use = machine.k.sched->use();
  CHECK(static_cast<double>(use.cycles) == Approx(4e8).epsilon(0.01));
  CHECK(use.busy > spans.at(0) + sim::milliseconds(150));
  CHECK(use.busy < spans.at(0) + sim::milliseconds(160));
}

TEST_CASE("a thread that sleeps for long between its work falls back", "[frequency]") {
  test::Machine machine(1, 1, 1, [] {
    sim::Settings settings = from_idle();
    settings.set("cpufreq.idle_before", 0, "test");
    return settings;
  }());
  std::vector<sim::Time> spans;
  machine.start("seldom", [&](Thread& t) {
    for (int i = 0; i < 10; ++i) {
      const sim::Time begin = t.now();
      machine.k.compute(t, sim::milliseconds(5));  // across a tick
      spans.push_back(t.now() - begin);
      t.state = kernel::RunState::interruptible;
      machine.k.sched->block_until(t, t.now() + sim::milliseconds(95));
    }
  });
  machine.engine.run();
  CHECK(spans.front() < sim::microseconds(5100));
  CHECK(spans.back() > sim::microseconds(7000));
}

TEST_CASE("of two threads of a core the one that asks for more decides", "[frequency]") {
  const auto span_beside = [](bool busy) {
    test::Machine machine(1, 1, 2, from_idle());
    if (busy)
      machine.start(
          "beside", [&](Thread& t) { machine.k.compute(t, sim::milliseconds(1000)); }, 2);
    sim::Time span;
    machine.start(
        "measured",
        [&](Thread& t) {
          t.state = kernel::RunState::interruptible;
          machine.k.sched->block_until(t, sim::milliseconds(500));
          const sim::Time begin = t.now();
          machine.k.compute(t, sim::milliseconds(1));
          span = t.now() - begin;
        },
        1);
    machine.engine.run();
    return span.seconds();
  };
  // Beside a busy thread it gets the share of a core that the other leaves (sched.smt_speed), of the higher
  // frequency.
  CHECK(span_beside(false) > 1.6e-3);
  CHECK(span_beside(true) == Approx(1e-3 / 0.62).epsilon(0.02));
}
