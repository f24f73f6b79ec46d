#include <simgrid/s4u.hpp>
#include <string>

#include "bench/workload.h"

namespace isosim::bench {

double run_simgrid(Workload work) {
  namespace s4u = simgrid::s4u;
  int argc = 4;
  char name[] = "bench", stack[] = "--cfg=contexts/stack-size:16", guard[] = "--cfg=contexts/guard-size:0",
       quiet[] = "--log=root.thresh:critical";
  char* argv[] = {name, stack, guard, quiet, nullptr};
  auto* const engine = new s4u::Engine(&argc, argv);  // never destroyed: the process ends
  s4u::Host* const host = s4u::create_full_zone("world")->create_host("host", 1e9);
  host->get_englobing_zone()->seal();
  for (int i = 0; i < work.tasks; ++i) {
    s4u::Actor::create("t", host, [work, i] {
      Delays delays(i);
      for (std::int64_t n = 0; n < work.steps; ++n)
        s4u::this_actor::sleep_for(static_cast<double>(delays.next()) * 1e-6);
    });
  }
  return cpu_seconds([engine] { engine->run(); });
}

}  // namespace isosim::bench
