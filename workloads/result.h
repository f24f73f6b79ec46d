// What a run says: totals, the table of calls, the table of layers, what disagreed with the record.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kernel-model/sched/scheduler.h"
#include "models/stack.h"
#include "sim/time.h"

namespace isosim::workloads {

// Latencies of a set of operations.
struct LatencySummary {
  std::uint64_t count = 0;
  sim::Time total, p50, p95, p99, max;
};

struct CallRow {
  std::string name;
  std::uint64_t errors = 0;  // returned a negative errno
  std::uint64_t defaulted =
      0;  // of them without a model: they took a default path, returned what was recorded
  sim::Time defaulted_time;
  LatencySummary latency;
};

struct LayerRow {
  std::string layer;
  sim::Time total;
  std::uint64_t charges = 0;
};

// Calls whose emulated result was not the recorded one, by call and kind; the first of them as an example.
struct Mismatch {
  std::string call, kind;
  std::uint64_t count = 0;
  std::uint64_t line = 0;  // of the example, in the trace
  std::int64_t recorded = 0, emulated = 0;
  std::string example;
};

// Calls that were made to return, as what they waited for did not happen in this run; not compared.
struct ForcedCall {
  std::string call;
  std::uint64_t count = 0;
  std::uint64_t line = 0;  // of the first, in the trace
};

// Calls that the platform is known to answer in its own way, by call and reason. Neither compared nor
// mismatches.
struct KnownDifference {
  std::string call, reason;
  std::uint64_t count = 0;
  std::uint64_t line = 0;  // of the first, in the trace
  std::int64_t recorded = 0, emulated = 0;
};

struct GapSummary {
  std::string policy;         // recorded, corrected, none
  std::string method;         // how the overhead was estimated
  sim::Time overhead_a_call;  // tracer's share of the time between two calls
  sim::Time recorded, used;   // sums over all threads
};

// At which processors ran while they were out of idle; 0 if they never were.
inline double mean_mhz(const kernel::Scheduler::Use& use) {
  return use.busy.ps == 0 ? 0 : static_cast<double>(use.cycles) / use.busy.seconds() / 1e6;
}

struct Result {
  std::string platform, machine;
  sim::Time simulated;  // from the first program's start to its end
  std::uint64_t digest = 0;
  double wall_seconds = 0;  // the only figure that is not the same on every run
  std::uint64_t calls = 0, modelled = 0, forced = 0;
  std::uint64_t compared = 0, agree = 0;
  std::uint64_t ordering_waits = 0;
  LatencySummary latency;  // of all calls, or of the workload's operations
  models::ExitCounts exits;
  kernel::Scheduler::Use use;                      // of the host's processors while the program ran
  std::vector<CallRow> call_rows;                  // by total time, largest first
  std::vector<LayerRow> layer_rows;                // by total time, largest first
  std::vector<Mismatch> mismatches;                // by count, largest first
  std::vector<KnownDifference> known_differences;  // by count, largest first
  std::vector<ForcedCall> forced_calls;            // by count, largest first
  std::vector<std::string> unread_settings;
  nlohmann::ordered_json configuration;          // platform, machine and parameters in force
  std::vector<std::string> notes;                // what a reader should know before trusting the figures
  GapSummary gaps;                               // replay only
  std::map<std::string, std::string> arguments;  // run only: --arg values in force
};

}  // namespace isosim::workloads
