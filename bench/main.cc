// Events per second of the engine and its peers in one run, and what the engine is faster by.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "bench/workload.h"

namespace {

using isosim::bench::Workload;

class Ratios : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      const std::string name = run.run_name.function_name;
      if (const auto it = run.counters.find("events"); it != run.counters.end())
        rates_[name].push_back(it->second);
    }
    ConsoleReporter::ReportRuns(runs);
  }

  void Finalize() override {
    std::printf("\nMedians, million a second\n");
    std::map<std::string, double> median;
    for (auto& [name, rates] : rates_) {
      std::sort(rates.begin(), rates.end());
      median[name] = rates[rates.size() / 2];
      std::printf("  %-28s %9.3f  [%.3f .. %.3f]\n", name.c_str(), median[name] / 1e6, rates.front() / 1e6,
                  rates.back() / 1e6);
    }
    std::printf("\nisosim is faster by\n");
    for (const char* tasks : {"10", "1000", "100000"}) {
      const auto own = median.find(std::string("isosim_bridged/") + tasks);
      if (own == median.end()) continue;
      for (const char* peer : {"ns3", "systemc", "simgrid"}) {
        const auto other = median.find(std::string(peer) + "/" + tasks);
        if (other != median.end())
          std::printf("  %6s tasks, %-8s %7.1fx\n", tasks, peer, own->second / other->second);
      }
    }
  }

 private:
  std::map<std::string, std::vector<double>> rates_;
};

void add(const std::string& engine, double (*run)(Workload), std::int64_t events) {
  for (const int tasks : {10, 1000, 100'000}) {
    const Workload work{tasks, std::max<std::int64_t>(10, events / tasks)};
    benchmark::RegisterBenchmark((engine + "/" + std::to_string(tasks)).c_str(),
                                 [run, work](benchmark::State& state) {
                                   for (auto _ : state) {
                                     const double took = run(work);
                                     state.SetIterationTime(took);
                                     state.counters["events"] =
                                         static_cast<double>(work.steps * work.tasks) / took;
                                   }
                                 })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  add("isosim", isosim::bench::run_isosim, 2'000'000);
  add("isosim_bridged", isosim::bench::run_isosim_bridged, 2'000'000);
  add("systemc", isosim::bench::run_systemc, 500'000);
  add("ns3", isosim::bench::run_ns3, 1'000'000);
  add("simgrid", isosim::bench::run_simgrid, 200'000);
  benchmark::RegisterBenchmark("charges",
                               [](benchmark::State& state) {
                                 constexpr std::int64_t charges = 50'000'000;
                                 for (auto _ : state) {
                                   const double took = isosim::bench::run_charges(charges);
                                   state.SetIterationTime(took);
                                   state.counters["events"] = static_cast<double>(charges) / took;
                                 }
                               })
      ->UseManualTime()
      ->Iterations(1);
  Ratios reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
