// Observers see every picosecond once: totals of each view equal the sum of the charges.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "sim/engine.h"
#include "sim/observe/counters.h"
#include "sim/observe/latency.h"
#include "sim/observe/observer_list.h"
#include "sim/observe/profile.h"
#include "sim/observe/timeline.h"
#include "sim/random.h"

using namespace isosim::sim;

namespace {

struct World {
  World() {
    for (int i = 0; i < 10; ++i) {
      PathDef def;
      def.id = "path" + std::to_string(i);
      def.layer = "layer" + std::to_string(i % 3);
      catalogue.add(def);
    }
  }

  // Nested frames, waits and interruptions, the same each time.
  void run() {
    Engine engine;
    engine.set_observer(&observers);
    for (int i = 0; i < 5; ++i) {
      engine.spawn(
          i < 3 ? "worker;\"x\"" : "other",
          [this, i](Task& task) {
            Random random(3, "world" + std::to_string(i));
            for (int n = 0; n < 200; ++n) {
              const Frame call(task, "call" + std::to_string(random.below(4)));
              work(task, random);
              if (random.chance(1, 3)) {
                const Frame inner(task, random.chance(1, 2) ? "fault" : "call1");
                work(task, random);
                if (random.chance(1, 4)) task.sleep_until(task.now() + Time{random.between(1, 500)});
              }
            }
            work(task, random);
          },
          Time{i});
    }
    engine.run();
    digest = engine.digest();
  }

  void work(Task& task, Random& random) {
    const Time span{random.between(1, 100)};
    task.spend(PathId{static_cast<std::uint16_t>(random.below(10))}, span, 2);
    charged += span;
    ++charges;
  }

  Catalogue catalogue;
  ObserverList observers;
  Time charged;
  std::uint64_t charges = 0;
  std::uint64_t digest = 0;
};

Time sum(const std::vector<Profile::Total>& totals) {
  return std::accumulate(totals.begin(), totals.end(), Time{},
                         [](Time t, const Profile::Total& total) { return t + total.self; });
}

}  // namespace

TEST_CASE("layers, paths, frames and folded stacks each add up to all charges") {
  World world;
  Profile profile(world.catalogue);
  Counters counters;
  world.observers.add(profile);
  world.observers.add(counters);
  world.run();

  CHECK(profile.total() == world.charged);
  CHECK(sum(profile.by_layer()) == world.charged);
  CHECK(sum(profile.by_path()) == world.charged);
  CHECK(sum(profile.by_frame()) == world.charged);

  std::ostringstream folded;
  profile.write_folded(folded);
  std::istringstream lines(folded.str());
  Time total;
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.rfind(' ');
    total += Time{std::stoll(line.substr(space + 1))};
    CHECK((line.rfind("worker:\"x\";", 0) == 0 || line.rfind("other;", 0) == 0));
  }
  CHECK(total == world.charged);

  Counters::Count all;
  counters.for_each([&](PathId path, const Counters::Count& count) {
    CHECK(counters[path].time == count.time);
    all.charges += count.charges;
    all.units += count.units;
    all.time += count.time;
  });
  CHECK(all.time == world.charged);
  CHECK(all.charges == world.charges);
  CHECK(all.units == 2 * world.charges);
}

TEST_CASE("a frame holds what is charged inside it, once even when it is inside itself") {
  World world;
  Profile profile(world.catalogue);
  Engine engine;
  engine.set_observer(&profile);
  engine.spawn(
      "t",
      [](Task& task) {
        task.spend(PathId{0}, Time{1});
        const Frame outer(task, "read");
        task.spend(PathId{0}, Time{10});
        {
          const Frame fault(task, "fault");
          task.spend(PathId{1}, Time{100});
          const Frame again(task, "read");
          task.spend(PathId{0}, Time{1000});
          task.sleep_until(task.now() + Time{7});
        }
      },
      Time{});
  engine.run();
  const auto frames = profile.by_frame();
  REQUIRE(frames.size() == 3);
  CHECK(frames[0].name == "read");
  CHECK(frames[0].count == 2);
  CHECK(frames[0].self == Time{1010});
  CHECK(frames[0].inclusive == Time{1110});
  CHECK(frames[0].waited == Time{7});
  CHECK(frames[1].name == "fault");
  CHECK(frames[1].self == Time{100});
  CHECK(frames[1].inclusive == Time{1100});
  CHECK(frames[2].name.empty());
  CHECK(frames[2].self == Time{1});
}

TEST_CASE("latency of a frame is the time from entry to return, waits included") {
  World world;
  FrameLatency latency;
  Engine engine;
  engine.set_observer(&latency);
  engine.spawn(
      "t",
      [](Task& task) {
        for (int i = 1; i <= 100; ++i) {
          const Frame call(task, "call");
          task.spend(PathId{0}, Time{i});
          if (i == 100) task.sleep_until(task.now() + Time{100});
        }
      },
      Time{});
  engine.run();
  int frames = 0;
  latency.for_each([&](const std::string& name, const Histogram& histogram) {
    ++frames;
    CHECK(name == "call");
    CHECK(histogram.count() == 100);
    CHECK(histogram.quantile(500) == Time{50});
    CHECK(histogram.quantile(990) == Time{99});
    CHECK(histogram.max() == Time{200});
  });
  CHECK(frames == 1);
}

TEST_CASE("the timeline is valid JSON whose slices nest on every lane and hold every charge") {
  const std::string file = "timeline_test.json";
  World world;
  std::uint64_t unwatched = 0;
  {
    World plain;
    plain.run();
    unwatched = plain.digest;
  }
  {
    Timeline timeline(file, world.catalogue);
    world.observers.add(timeline);
    world.run();
    timeline.finish();
  }
  CHECK(world.digest == unwatched);
  std::ifstream in(file);
  const auto json = nlohmann::json::parse(in);
  std::remove(file.c_str());

  struct Slice {
    std::int64_t start, end;
  };
  std::map<std::pair<int, int>, std::vector<Slice>> lanes;
  std::map<std::pair<int, int>, std::string> names;
  std::int64_t charged = 0;
  for (const auto& event : json.at("traceEvents")) {
    const std::pair lane{event.at("pid").get<int>(), event.at("tid").get<int>()};
    if (event.at("ph") == "M") {
      if (event.at("name") == "thread_name") names[lane] = event.at("args").at("name");
      continue;
    }
    const auto ps = [&](const char* key) { return std::llround(event.at(key).get<double>() * 1e6); };
    lanes[lane].push_back({ps("ts"), ps("ts") + ps("dur")});
    if (names.at(lane).rfind("layer", 0) == 0) charged += ps("dur");
  }
  CHECK(charged == world.charged.ps);
  CHECK(lanes.size() == 5 * (2 + 3));
  for (auto& [lane, slices] : lanes) {
    std::sort(slices.begin(), slices.end(),
              [](Slice a, Slice b) { return a.start != b.start ? a.start < b.start : a.end > b.end; });
    std::vector<std::int64_t> open;
    for (const Slice& slice : slices) {
      while (!open.empty() && open.back() <= slice.start) open.pop_back();
      if (!open.empty()) CHECK(slice.end <= open.back());
      open.push_back(slice.end);
    }
  }
}

TEST_CASE("a timeline that cannot be written says so") {
  const Catalogue catalogue;
  CHECK_THROWS_WITH(Timeline("/no/such/folder/t.json", catalogue), Catch::Contains("/no/such/folder/t.json"));
}
