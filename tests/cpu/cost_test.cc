#include <catch2/catch.hpp>

#include "cpu/cost_table.h"
#include "cpu/cpu.h"
#include "cpu/machine.h"
#include "cpu/tlb.h"

using namespace isosim;

namespace {

sim::PathDef path(std::string id, std::int64_t millilines, std::int64_t unit_millicycles) {
  sim::PathDef def{};
  def.id = std::move(id);
  def.millilines = millilines;
  def.unit_millicycles = unit_millicycles;
  return def;
}

struct Bench {
  explicit Bench(const std::string& machine = "e5-2630v3") : spec(cpu::load_machine(machine, settings)) {}

  // Simulated time that `work` takes on a core alone.
  sim::Time time(const std::function<void(cpu::Cpu&, sim::Task&)>& work) {
    sim::Engine engine;
    sim::Catalogue catalogue;
    cpu::Cpu processor(engine, catalogue, spec, settings);
    sim::Time spent;
    engine.spawn("test",
                 [&](sim::Task& task) {
                   task.set_costs(&processor.costs(spec.turbo_khz.front()));
                   const sim::Time start = task.now();
                   work(processor, task);
                   spent = task.now() - start;
                 },
                 {});
    engine.run();
    return spent;
  }

  sim::Settings settings;
  cpu::MachineSpec spec;
};

}  // namespace

TEST_CASE("table arithmetic rounds to the nearest picosecond", "[cost]") {
  // 1 line at 2.4 cycles and 3.2 GHz is 750 ps; one cycle at 3 GHz is 333.3 ps.
  CHECK(cpu::cycles_to_ps(1000, 0, 2400, 3'200'000) == 750);
  CHECK(cpu::cycles_to_ps(0, 1000, 2400, 3'000'000) == 333);
  CHECK(cpu::cycles_to_ps(0, 2000, 2400, 3'000'000) == 667);
  CHECK(cpu::cycles_to_fs(0, 1000, 2400, 3'000'000) == 333'333);
  // A second's worth of lines does not overflow.
  CHECK(cpu::cycles_to_fs(1'000'000'000'000, 0, 3000, 3'000'000) == 1'000'000'000'000'000);
}

TEST_CASE("a path costs lines times the machine's cycles a line, more at lower frequencies", "[cost]") {
  Bench bench;
  sim::Engine engine;
  sim::Catalogue catalogue;
  const auto id = catalogue.add(path("x", 100'000, 500));
  cpu::Cpu processor(engine, catalogue, bench.spec, bench.settings);
  CHECK(processor.costs(3'200'000)[id.index].fixed_ps == 75'000);
  CHECK(processor.costs(3'200'000)[id.index].unit_fs == 156'250);
  CHECK(processor.costs(1'200'000)[id.index].fixed_ps == 200'000);
  CHECK(processor.most_khz(1) == 3'200'000);
  for (int active = 2; active <= 8; ++active)
    CHECK(processor.most_khz(active) <= processor.most_khz(active - 1));
  CHECK(processor.most_khz(99) == processor.most_khz(8));
  // Each frequency has prices of its own, whichever is asked for first.
  CHECK(processor.costs(2'650'000)[id.index].fixed_ps < processor.costs(2'600'000)[id.index].fixed_ps);
  const auto late = catalogue.add(path("late", 1000, 0));
  processor.rebuild_costs();
  CHECK(processor.costs(3'200'000)[late.index].fixed_ps == 750);
}

TEST_CASE("mitigations cost what their switches say", "[cost]") {
  const auto call = [](cpu::Cpu& c, sim::Task& t) { c.syscall_enter(t), c.syscall_exit(t); };
  Bench with, without, flushing;
  without.settings.set("cpu.kpti", 0, "test");
  flushing.settings.set("cpu.pcid", 0, "test");
  const auto isolated = with.time(call), plain = without.time(call);
  CHECK(isolated - plain >= sim::nanoseconds(100));  // priors: 100-200 ns with PCID
  CHECK(isolated - plain <= sim::nanoseconds(200));
  CHECK(flushing.time(call) > isolated);
  without.settings.set("cpu.retpoline", 0, "test");
  CHECK(without.time(call) < plain);
}

TEST_CASE("a fault's exception and return lie within what was measured", "[cost]") {
  Bench bench;
  const auto spent = bench.time([](cpu::Cpu& c, sim::Task& t) { c.exception_enter(t), c.exception_exit(t); });
  CHECK(spent >= sim::nanoseconds(300));
  CHECK(spent <= sim::nanoseconds(480));
}

TEST_CASE("copies cost more for more bytes and for farther data", "[cost]") {
  Bench bench;
  for (const auto direction : {cpu::Copy::from_kernel, cpu::Copy::to_kernel}) {
    sim::Time nearer{};
    for (const auto level : {cpu::Level::l1, cpu::Level::l2, cpu::Level::l3, cpu::Level::dram}) {
      sim::Time smaller{};
      for (std::uint64_t bytes = 1; bytes <= 1 << 20; bytes *= 4) {
        const auto spent =
            bench.time([&](cpu::Cpu& c, sim::Task& t) { c.copy_level(t, level, bytes, direction); });
        CHECK(spent > smaller);
        smaller = spent;
      }
      CHECK(smaller > nearer);
      nearer = smaller;
    }
  }
}

TEST_CASE("kernel copies of memory run at plausible rates", "[cost]") {
  Bench bench;
  const auto gigabytes_a_second = [&](std::uint64_t file, cpu::Copy direction) {
    const auto loop = [&](int passes) {
      return bench.time([&](cpu::Cpu& c, sim::Task& t) {
        for (int i = 0; i < passes; ++i)
          for (std::uint64_t at = 0; at < file; at += 4096) c.copy(t, 1, at, 4096, direction);
      });
    };
    return static_cast<double>(file) / static_cast<double>((loop(3) - loop(2)).ps) * 1000;
  };
  // The bounds hold for whole reads and writes; the copy alone is somewhat faster.
  CHECK(gigabytes_a_second(64 << 20, cpu::Copy::from_kernel) > 6.0);
  CHECK(gigabytes_a_second(64 << 20, cpu::Copy::from_kernel) < 10.0);
  CHECK(gigabytes_a_second(64 << 20, cpu::Copy::to_kernel) > 4.0);
  CHECK(gigabytes_a_second(64 << 20, cpu::Copy::to_kernel) < 6.5);
  CHECK(gigabytes_a_second(4 << 20, cpu::Copy::from_kernel) >
        gigabytes_a_second(64 << 20, cpu::Copy::from_kernel));
}

TEST_CASE("page walks: nested ones take at most 24 references", "[cost]") {
  Bench bench;
  const cpu::Tlb tlb(bench.spec, bench.settings);
  std::int64_t before = 0;
  for (std::uint64_t footprint = 1 << 16; footprint <= 1ull << 36; footprint <<= 2) {
    CHECK(tlb.references(footprint, false) <= 4);
    CHECK(tlb.references(footprint, true) <= 24);
    CHECK(tlb.references(footprint, true) > tlb.references(footprint, false));
    const auto cost = tlb.walk_millicycles(footprint, false, 288'000);
    CHECK(cost >= before);
    CHECK(tlb.walk_millicycles(footprint, true, 288'000) > cost);
    before = cost;
  }
  CHECK(tlb.misses(1 << 20) == 0);
  CHECK(tlb.misses(1 << 30) == (1u << 30) / 4096);
}

TEST_CASE("tasks on different cores do not share near caches", "[cost]") {
  Bench bench;
  const auto second_read = [&](int cpu) {
    return bench.time([&](cpu::Cpu& c, sim::Task& t) {
      c.copy(t, 1, 0, 4096), c.place(t, cpu, t.now()), c.copy(t, 1, 0, 4096);
    });
  };
  CHECK(second_read(0) < second_read(1));
  CHECK(second_read(1) < second_read(8));    // the other socket
  CHECK(second_read(0) == second_read(16));  // the sibling thread
}
