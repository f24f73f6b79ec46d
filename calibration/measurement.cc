#include "calibration/measurement.h"

#include <utility>

#include "models/platform.h"
#include "workloads/micro/workload.h"

namespace isosim::calibration {

namespace {

bool repeats(std::string_view workload) {
  for (const workloads::Workload& known : workloads::workloads())
    if (known.name == workload)
      for (const workloads::Argument& argument : known.arguments)
        if (argument.name == "count") return true;
  return false;
}

double calls_of(const workloads::Result& result, std::string_view name) {
  for (const workloads::CallRow& row : result.call_rows)
    if (row.name == name) return static_cast<double>(row.latency.count);
  return 0;
}

Measurement measure_whole(const Run& run) {
  sim::Settings settings;
  models::StackRequest request;
  request.platform = run.platform;
  request.machine = "e5-2630v3";
  request.set = workloads::settings_of(run.workload);
  const auto stack = models::build_stack(request, settings);
  const workloads::Result result = workloads::run_workload(*stack, run.workload, run.arguments);
  const auto operations = static_cast<double>(result.latency.count);
  const models::CallInterface calls = stack->call_interface();
  Measurement measured;
  measured[Metric::seconds] = result.latency.total.seconds() / operations;
  measured[Metric::rate] = operations / result.simulated.seconds();
  measured[Metric::kvm_exits] = static_cast<double>(result.exits.kernel + result.exits.user);
  measured[Metric::page_fault_exits] = static_cast<double>(result.exits.page_fault);
  measured[Metric::user_exits] = static_cast<double>(result.exits.user);
  measured[Metric::mmaps] = calls_of(result, "mmap");
  measured[Metric::offered_calls] = static_cast<double>(calls.offered);
  measured[Metric::host_calls] = static_cast<double>(calls.host);
  return measured;
}

}  // namespace

Run Measurements::complete(Run run) const {
  if (repeats(run.workload)) run.arguments.try_emplace("count", std::to_string(operations_));
  return run;
}

Measurement measure(const Run& run) {
  Measurement measured = measure_whole(run);
  // The authors timed the import statement, within an interpreter that had started.
  if (Run bare = run;
      run.workload == "python-import" && std::exchange(bare.arguments["module"], "none") != "none")
    measured[Metric::seconds] -= measure_whole(bare)[Metric::seconds];
  return measured;
}

}  // namespace isosim::calibration
