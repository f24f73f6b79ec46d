#include "cpu/code_cache.h"

#include <catch2/catch.hpp>

#include "cpu/machine.h"

using namespace isosim;

namespace {

sim::PathDef named(std::string id) {
  sim::PathDef def;
  def.id = std::move(id);
  return def;
}

// `count` paths of `lines` lines each, and one core's cache.
struct Core {
  Core(int count, std::int64_t lines)
      : spec(cpu::load_machine("e5-2630v3", settings)), common(spec, settings) {
    const sim::PathId fetch = catalogue.add(named("fetch"));
    for (int i = 0; i < count; ++i) {
      sim::PathDef def = named("path" + std::to_string(i));
      def.millilines = def.code_millilines = lines * 1000;
      paths.push_back(catalogue.add(std::move(def)));
    }
    common.measure(catalogue);
    cache = std::make_unique<cpu::CodeCache>(common, fetch);
    cache->resize();
  }

  // Cycles that one pass over all paths spends on fetching.
  std::uint64_t pass() {
    std::uint64_t cycles = 0;
    for (const sim::PathId path : paths)
      if (!cache->near(path)) cycles += cache->fetch(path);
    return cycles;
  }

  sim::Settings settings;
  cpu::MachineSpec spec;
  cpu::CodeCacheSpec common;
  sim::Catalogue catalogue;
  std::vector<sim::PathId> paths;
  std::unique_ptr<cpu::CodeCache> cache;
};

}  // namespace

TEST_CASE("the chance of a miss grows with the distance, from none to certain", "[code-cache]") {
  const cpu::MissCurve curve(32 * 1024, 8);
  CHECK(curve(0) == 0);
  std::uint64_t last = 0;
  for (std::uint64_t bytes = 0; bytes <= 256 * 1024; bytes += 1024) {
    CHECK(curve(bytes) >= last);
    last = curve(bytes);
  }
  // As much as the cache holds: a set is as likely to have overflowed as not.
  CHECK(curve(32 * 1024) > 400);
  CHECK(curve(32 * 1024) < 650);
  CHECK(curve(16 * 1024) < 64);
  CHECK(last == 1024);
}

TEST_CASE("code that fits the first level is fetched once", "[code-cache]") {
  Core core(10, 25);  // 6.5 KB
  CHECK(core.pass() > 0);
  CHECK(core.pass() == 0);
  CHECK(core.pass() == 0);
}

TEST_CASE("a loop over more than the first level pays the second level each time", "[code-cache]") {
  Core core(100, 40);  // 100 KB
  const std::uint64_t cold = core.pass();
  core.pass();
  const std::uint64_t warm = core.pass();
  CHECK(warm > 0);
  CHECK(warm < cold);
  // No more than every line of code at the second level's exposed latency, and a little for conflicts there.
  const std::uint64_t lines = 100 * core.common.paths[core.paths[0].index].code;
  CHECK(warm <= lines * core.common.l2_millicycles * 11 / 10 / 1000);
  CHECK(core.pass() == warm);
}

TEST_CASE("a loop over more than the second level pays the third level each time", "[code-cache]") {
  Core core(200, 100);  // 520 KB of code, and data
  const std::uint64_t cold = core.pass();
  core.pass();
  CHECK(core.pass() > cold * 8 / 10);
}

TEST_CASE("a core that emptied its caches fetches everything again, another core's code stays",
          "[code-cache]") {
  Core core(10, 25), other(10, 25);
  const std::uint64_t cold = core.pass();
  other.pass();
  core.pass();
  core.cache->flush();
  CHECK(core.pass() == cold);
  CHECK(core.pass() == 0);
  CHECK(other.pass() == 0);
}

TEST_CASE("data that streams through the second level pushes code out", "[code-cache]") {
  Core core(100, 40);
  core.pass();
  core.pass();
  const std::uint64_t quiet = core.pass();
  core.cache->displace(1 << 20);
  CHECK(core.pass() > quiet);
}

TEST_CASE("a path without code is always near", "[code-cache]") {
  Core core(1, 0);
  CHECK(core.cache->near(core.paths[0]));
}
