// The work that every engine gets: `tasks` live tasks, each of which waits for a pseudo-random delay again
// and again.
#pragma once

#include <cstdint>
#include <ctime>

namespace isosim::bench {

struct Workload {
  int tasks;
  std::int64_t steps;  // of each task
};

// Delays of one task: 1.0 to 2.05 million units, all tasks different, cheap next to any engine's step.
class Delays {
 public:
  explicit Delays(int task) : state_(static_cast<std::uint32_t>(task) * 2654435761u + 12345u) {}
  std::int64_t next() {
    state_ = state_ * 1664525u + 1013904223u;
    return 1'000'000 + (state_ >> 12);
  }

 private:
  std::uint32_t state_;
};

// CPU seconds that `run` takes. All engines run on one thread; a neighbour on the machine disturbs this clock
// less than it disturbs the wall clock.
template <class Run>
double cpu_seconds(Run run) {
  const auto now = [] {
    std::timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  };
  const double start = now();
  run();
  return now() - start;
}

// Each runs the workload once and returns its CPU seconds, creation and destruction of the tasks excluded
// (but for SimGrid, which creates the stack of an actor when it first runs). Once a process. Throws
// std::exception when the engine can't hold so many tasks.
double run_isosim(Workload work);
double run_isosim_bridged(Workload work);  // the same under SystemC
double run_systemc(Workload work);
double run_ns3(Workload work);
double run_simgrid(Workload work);

// CPU seconds of so many charges by one task that nobody disturbs, observers off.
double run_charges(std::int64_t charges);

}  // namespace isosim::bench
