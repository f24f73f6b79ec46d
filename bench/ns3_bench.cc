#include <ns3/core-module.h>

#include <chrono>
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
  const auto start = std::chrono::steady_clock::now();
  ns3::Simulator::Run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  ns3::Simulator::Destroy();
  return took.count();
}

}  // namespace isosim::bench
