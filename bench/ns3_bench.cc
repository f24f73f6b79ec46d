#include <ns3/core-module.h>

#include <vector>

#include "bench/workload.h"

namespace isosim::bench {

namespace {

struct Timer {
  Delays delays;
  std::int64_t left;
  void step() {
    if (left-- > 0) ns3::Simulator::Schedule(ns3::NanoSeconds(delays.next()), &Timer::step, this);
  }
};

}  // namespace

double run_ns3(Workload work) {
  std::vector<Timer> timers;
  for (int i = 0; i < work.tasks; ++i) timers.push_back({Delays(i), work.steps});
  for (Timer& timer : timers) timer.step();
  const double took = cpu_seconds([] { ns3::Simulator::Run(); });
  ns3::Simulator::Destroy();
  return took;
}

}  // namespace isosim::bench
