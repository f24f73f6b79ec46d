#include "calibration/target.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "calibration/csv.h"
#include "models/platform.h"

namespace isosim::calibration {

namespace {

struct Experiment {
  std::string_view workload;
  Metric metric = Metric::seconds;
};

const std::map<std::string_view, Experiment> kExperiments = {
    {"getuid", {"getuid"}},
    {"open+close", {"open-close"}},
    {"read", {"read"}},
    {"write", {"write"}},
    {"malloc-touch", {"malloc-touch"}},
    {"kvm-exits-per-100k-reads:kvm_exit", {"read", Metric::kvm_exits}},
    {"kvm-exits-per-100k-reads:page_fault", {"read", Metric::page_fault_exits}},
    {"kvm-exits-per-100k-reads:userspace_exit", {"read", Metric::user_exits}},
    {"kvm-exits-per-100k-writes:kvm_exit", {"write", Metric::kvm_exits}},
    {"kvm-exits-per-100k-writes:page_fault", {"write", Metric::page_fault_exits}},
    {"kvm-exits-per-100k-writes:userspace_exit", {"write", Metric::user_exits}},
};

// What of a run's exits does not grow with the calls (filling the file, the program's start) is in the
// published counts, too.
constexpr std::string_view kCallsOfExits = "100000";

// Where the authors' file lay, as --arg storage.
const std::map<std::string_view, std::string_view> kStorages = {
    {"ext4", "image"},        {"overlay:image", "image"}, {"tmpfs", "tmpfs"},
    {"gofer:image", "image"}, {"gofer:tmpfs", "tmpfs"},   {"sentry-tmpfs", "sentry-tmpfs"}};

bool has_platform(std::string_view name) {
  static const std::vector<std::string> names = models::platform_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// NAME=VALUE;NAME=VALUE
bool read_arguments(std::string_view text, std::map<std::string, std::string>& arguments) {
  for (const std::string_view argument : split(text, ';')) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string_view::npos) return false;
    arguments[std::string(argument.substr(0, equals))] = argument.substr(equals + 1);
  }
  return true;
}

}  // namespace

std::vector<Target> hotcloud19_targets() {
  std::vector<Target> targets;
  // experiment,platform,storage,x,x_unit,median,unit,n
  for_each_row("hotcloud19-data.csv", [&](const Cells& row) {
    const auto experiment = kExperiments.find(row[0]);
    if (experiment == kExperiments.end() || !has_platform(row[1])) return true;
    Target target;
    target.experiment = row[0];
    target.storage = row[2];
    target.x = row[3];
    target.metric = experiment->second.metric;
    target.run.platform = row[1];
    target.run.workload = experiment->second.workload;
    const auto place = kStorages.find(row[2]);
    if (!row[2].empty() && place == kStorages.end()) return false;
    if (!row[2].empty()) target.run.arguments["storage"] = place->second;
    if (!row[3].empty()) target.run.arguments["size"] = row[3];
    if (target.metric != Metric::seconds) target.run.arguments["count"] = kCallsOfExits;
    const bool good = read_number(row[5], target.published);
    targets.push_back(std::move(target));
    return good;
  });
  return targets;
}

std::vector<ClaimedRatio> hotcloud19_ratios() {
  std::vector<ClaimedRatio> ratios;
  // id,workload,over,over arguments,under,under arguments,ratio
  for_each_row("hotcloud19-ratios.csv", [&](const Cells& row) {
    if (!has_platform(row[2]) || !has_platform(row[4])) return true;
    ClaimedRatio ratio;
    ratio.id = row[0];
    ratio.over.workload = ratio.under.workload = row[1];
    ratio.over.platform = row[2];
    ratio.under.platform = row[4];
    const bool good = read_arguments(row[3], ratio.over.arguments) &&
                      read_arguments(row[5], ratio.under.arguments) && read_number(row[6], ratio.published);
    ratios.push_back(std::move(ratio));
    return good;
  });
  return ratios;
}

}  // namespace isosim::calibration
