#include "bench/workload.h"
#include "sim/bridge.h"
#include "sim/engine.h"

namespace isosim::bench {

namespace {

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
  engine.run_before({1});  // creates the stacks: every task sleeps for the first time
}

}  // namespace

double run_isosim(Workload work) {
  sim::Engine engine;
  spawn(engine, work);
  return cpu_seconds([&] { engine.run(); });
}

double run_isosim_bridged(Workload work) {
  sim::Engine engine;
  sim::Bridge bridge(engine);
  spawn(engine, work);
  return cpu_seconds([&] { bridge.run(); });
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
  return cpu_seconds([&] { engine.run(); });
}

}  // namespace isosim::bench
