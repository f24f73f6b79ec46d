#include <chrono>

#include "bench/workload.h"
#include "sim/bridge.h"
#include "sim/engine.h"

namespace isosim::bench {

namespace {

double seconds(auto&& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void spawn(sim::Engine& engine, Workload work) {
  for (int i = 0; i < work.tasks; ++i) {
    engine.spawn("t",
                 [work, i](sim::Task& task) {
                   Delays delays(i);
                   for (std::int64_t n = 0; n < work.steps; ++n)
                     task.sleep_until(task.now() + sim::Time{delays.next()});
                 },
                 {});
  }
}

}  // namespace

double run_isosim(Workload work) {
  sim::Engine engine;
  spawn(engine, work);
  return seconds([&] { engine.run(); });
}

double run_isosim_bridged(Workload work) {
  sim::Engine engine;
  sim::Bridge bridge(engine);
  spawn(engine, work);
  return seconds([&] { bridge.run(); });
}

double run_charges(std::int64_t charges) {
  const sim::CostTable costs{{1000, 0}};
  sim::Engine engine;
  engine.spawn("t",
               [&](sim::Task& task) {
                 task.set_costs(&costs);
                 for (std::int64_t n = 0; n < charges; ++n) task.charge({0});
               },
               {});
  return seconds([&] { engine.run(); });
}

}  // namespace isosim::bench
