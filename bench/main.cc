// Events per second of the engine and its peers in one run, and what the engine is faster by.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/own_process.h"
#include "bench/workload.h"

namespace {

using isosim::bench::Workload;

constexpr int kTasks[] = {10, 1000, 100'000};

// Events per second of every repetition, by benchmark. Google Benchmark shows a reporter either the
// repetitions or their aggregates, by a flag of the user's.
std::map<std::string, std::vector<double>> rates;

double median(const std::string& name) {
  const auto it = rates.find(name);
  return it == rates.end() ? 0 : it->second[it->second.size() / 2];
}

void print_ratios() {
  std::printf("\nMedians, million a second\n");
  for (auto& [name, values] : rates) {
    std::sort(values.begin(), values.end());
    std::printf("  %-28s %9.3f  [%.3f .. %.3f]\n", name.c_str(), median(name) / 1e6, values.front() / 1e6,
                values.back() / 1e6);
  }
  std::printf("\nisosim, under SystemC as in every run of the product, is faster by\n");
  for (const int tasks : kTasks)
    for (const char* peer : {"ns3", "systemc", "simgrid"}) {
      const double own = median(fmt::format("isosim_bridged/{}", tasks));
      const double other = median(fmt::format("{}/{}", peer, tasks));
      if (own > 0 && other > 0) std::printf("  %6d tasks, %-8s %7.1fx\n", tasks, peer, own / other);
    }
}

void add(const std::string& name, std::function<double()> run, std::int64_t events) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [name, run, events](benchmark::State& state) {
                                 for (auto _ : state) {
                                   try {
                                     const double took = isosim::bench::in_own_process(run);
                                     state.SetIterationTime(took);
                                     rates[name].push_back(static_cast<double>(events) / took);
                                     state.counters["events"] = rates[name].back();
                                   } catch (const std::exception& error) {
                                     state.SkipWithError(error.what());
                                     break;
                                   }
                                 }
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

void add_engine(const std::string& engine, double (*run)(Workload), std::int64_t events) {
  for (const int tasks : kTasks) {
    const Workload work{tasks, std::max<std::int64_t>(3, events / tasks)};
    add(
        fmt::format("{}/{}", engine, tasks), [run, work] { return run(work); }, work.steps * work.tasks);
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  add_engine("isosim", isosim::bench::run_isosim, 2'000'000);
  add_engine("isosim_bridged", isosim::bench::run_isosim_bridged, 2'000'000);
  add_engine("systemc", isosim::bench::run_systemc, 500'000);
  add_engine("ns3", isosim::bench::run_ns3, 1'000'000);
  add_engine("simgrid", isosim::bench::run_simgrid, 200'000);
  constexpr std::int64_t charges = 50'000'000;
  add(
      "charges", [] { return isosim::bench::run_charges(charges); }, charges);
  benchmark::RunSpecifiedBenchmarks();
  print_ratios();
}
