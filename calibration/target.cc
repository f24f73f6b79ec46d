#include "calibration/target.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <stdexcept>
#include <string_view>

#include "models/platform.h"
#include "sim/data_file.h"

namespace isosim::data {
std::span<const sim::DataFile> target_files();
}

namespace isosim::calibration {

namespace {

const std::map<std::string_view, std::string_view> kWorkloads = {{"getuid", "getuid"},
                                                                 {"open+close", "open-close"},
                                                                 {"read", "read"},
                                                                 {"write", "write"},
                                                                 {"malloc-touch", "malloc-touch"}};

// Where the authors' file lay, as --arg storage.
const std::map<std::string_view, std::string_view> kStorages = {
    {"ext4", "image"}, {"overlay:image", "image"}, {"tmpfs", "tmpfs"}};

std::string_view next_cell(std::string_view& line, char separator) {
  const std::size_t end = line.find(separator);
  const std::string_view cell = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
  return cell;
}

// experiment,platform,storage,x,x_unit,median,unit,n
bool read_row(std::string_view line, std::size_t number, Target& target) {
  target = {};
  const std::string_view experiment = next_cell(line, ','), platform = next_cell(line, ',');
  const std::string_view storage = next_cell(line, ','), x = next_cell(line, ',');
  next_cell(line, ',');
  const std::string_view median = next_cell(line, ',');
  const auto workload = kWorkloads.find(experiment);
  const std::vector<std::string> platforms = models::platform_names();
  if (workload == kWorkloads.end() ||
      std::find(platforms.begin(), platforms.end(), platform) == platforms.end())
    return false;
  const auto error = std::from_chars(median.data(), median.data() + median.size(), target.seconds).ec;
  const auto place = kStorages.find(storage);
  if (error != std::errc{} || (!storage.empty() && place == kStorages.end()))
    throw std::runtime_error("hotcloud19-data.csv:" + std::to_string(number) + ": malformed row");
  target.experiment = experiment;
  target.platform = platform;
  target.storage = storage;
  target.x = x;
  target.workload = workload->second;
  if (!storage.empty()) target.arguments["storage"] = place->second;
  if (!x.empty()) target.arguments["size"] = x;
  return true;
}

}  // namespace

std::vector<Target> hotcloud19_targets() {
  std::vector<Target> targets;
  for (const sim::DataFile& file : data::target_files()) {
    std::string_view text = file.text;
    for (std::size_t number = 1; !text.empty(); ++number) {
      Target target;
      const std::string_view line = next_cell(text, '\n');
      if (number > 1 && read_row(line, number, target)) targets.push_back(std::move(target));
    }
  }
  return targets;
}

}  // namespace isosim::calibration
