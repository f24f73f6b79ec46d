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
    wait(never);  // SystemC searches all threads for each one that ends: that would be what is measured
  }
  int number;
  std::int64_t steps;
  sc_core::sc_event never;
};

}  // namespace

double run_systemc(Workload work) {
  // Never destroyed, which would take minutes: the process ends.
  new sim::Bridge(*new sim::Engine);  // a fresh SystemC context
  for (int i = 0; i < work.tasks; ++i) new Threads(("t" + std::to_string(i)).c_str(), i, work.steps);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates: creates the stacks
  return cpu_seconds([] { sc_core::sc_start(); });
}

}  // namespace isosim::bench
