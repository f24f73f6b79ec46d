#include "calibration/accuracy.h"

#include <fmt/core.h>

#include <algorithm>

#include "models/platform.h"
#include "workloads/micro/workload.h"

namespace isosim::calibration {

namespace {

double symmetric(double factor) { return std::max(factor, 1 / factor); }

std::string row_name(const Target& target) {
  std::string name = target.experiment;
  if (!target.storage.empty()) name += " " + target.storage;
  if (!target.x.empty()) name += " " + target.x + " B";
  return name;
}

std::string row_line(const Row& row) {
  return fmt::format("| {} | {} | {} | {} | {:.3f} | {:.3f} | {:+.0f} % |\n", row.target.experiment,
                     row.target.platform, row.target.storage, row.target.x, row.target.seconds * 1e6,
                     row.model_seconds * 1e6, 100 * (row.factor() - 1));
}

// The container's image is the counterpart of the host's root file system.
std::string native_storage(const std::string& storage) {
  return storage == "overlay:image" ? "ext4" : storage;
}

}  // namespace

double run_target(const Target& target, std::uint64_t operations) {
  sim::Settings settings;
  models::StackRequest request;
  request.platform = target.platform;
  request.machine = "e5-2630v3";
  const auto stack = models::build_stack(request, settings);
  auto arguments = target.arguments;
  arguments["count"] = std::to_string(operations);
  const workloads::Result result = workloads::run_workload(*stack, target.workload, arguments);
  return result.latency.total.seconds() / static_cast<double>(result.latency.count);
}

Summary summarise(const std::vector<Row>& rows) {
  std::vector<double> factors;
  for (const Row& row : rows) factors.push_back(symmetric(row.factor()));
  if (factors.empty()) return {};
  std::sort(factors.begin(), factors.end());
  return {factors[factors.size() / 2], factors.back()};
}

std::vector<Ratio> runc_ratios(const std::vector<Row>& rows) {
  std::vector<Ratio> ratios;
  for (const Row& runc : rows) {
    if (runc.target.platform != "runc") continue;
    for (const Row& native : rows) {
      if (native.target.platform != "native" || native.target.experiment != runc.target.experiment ||
          native.target.x != runc.target.x || native.target.storage != native_storage(runc.target.storage))
        continue;
      ratios.push_back({row_name(runc.target), runc.target.seconds / native.target.seconds,
                        runc.model_seconds / native.model_seconds});
    }
  }
  return ratios;
}

std::string accuracy_document(const std::vector<Row>& rows, const std::string& known_gaps) {
  const Summary summary = summarise(rows);
  std::string text =
      "# Accuracy\n\n"
      "Made by `isosim accuracy --out docs/accuracy.md`; a test keeps it up to date. Published: medians of "
      "HotCloud'19's raw\n"
      "data (`calibration/targets/`). Model: means over the workload's operations with the parameters of\n"
      "`cpu/machines/e5-2630v3.json`, which were set by reason and not by a fit. Times in microseconds an "
      "operation.\n\n";
  text += fmt::format("{} rows; median error {:.2f}x, worst {:.2f}x.\n\n", rows.size(), summary.median_factor,
                      summary.worst_factor);
  text +=
      "| experiment | platform | storage | bytes | published | model | error |\n| --- | --- | --- | ---: | "
      "---: | ---: | ---: |\n";
  for (const Row& row : rows) text += row_line(row);
  text += "\n## runc over native\n\n| row | published | model | error |\n| --- | ---: | ---: | ---: |\n";
  for (const Ratio& ratio : runc_ratios(rows))
    text += fmt::format("| {} | {:.2f} | {:.2f} | {:+.0f} % |\n", ratio.name, ratio.published, ratio.model,
                        100 * (ratio.model / ratio.published - 1));
  return text + "\n" + known_gaps;
}

}  // namespace isosim::calibration
