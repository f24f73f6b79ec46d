#include <deque>
#include <string>

#include "bench/workload.h"
#include "sim/bridge.h"
#include "sim/systemc.h"

namespace isosim::bench {

namespace {

struct Threads : sc_core::sc_module {
  SC_HAS_PROCESS(Threads);
  Threads(const sc_core::sc_module_name& module_name, int n, std::int64_t count)
      : sc_module(module_name), number(n), steps(count) {
    SC_THREAD(body);
    set_stack_size(16384);
  }
  void body() {
    Delays delays(number);
    for (std::int64_t n = 0; n < steps; ++n) wait(sim::to_systemc({delays.next()}));
  }
  int number;
  std::int64_t steps;
};

}  // namespace

double run_systemc(Workload work) {
  sim::Engine unused;
  sim::Bridge context(unused);  // a fresh SystemC context
  std::deque<Threads> threads;
  for (int i = 0; i < work.tasks; ++i) threads.emplace_back(("t" + std::to_string(i)).c_str(), i, work.steps);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates: creates the stacks
  return cpu_seconds([] { sc_core::sc_start(); });
}

}  // namespace isosim::bench
