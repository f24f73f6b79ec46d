#include "kernel-model/catalogue/footprint.h"

#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "sim/data_file.h"

namespace isosim::data {
std::span<const sim::DataFile> footprint_files();
}

namespace isosim::kernel {

namespace {

using Footprints = std::map<std::string, std::vector<FootprintEntry>, std::less<>>;

std::vector<std::span<const sim::DataFile>>& others() {
  static std::vector<std::span<const sim::DataFile>> spans;
  return spans;
}

void parse(Footprints& result, std::span<const sim::DataFile> files) {
  for (const auto& file : files) {
    const auto document = nlohmann::json::parse(file.text);
    for (const auto& [id, rows] : document.items())
      for (const auto& row : rows) result[id].push_back({row[0], row[1], row[2], row[3], row[4]});
  }
}

Footprints parse() {
  Footprints result;
  parse(result, data::footprint_files());
  for (const auto files : others()) parse(result, files);
  return result;
}

}  // namespace

void add_footprints(std::span<const sim::DataFile> files) { others().push_back(files); }

const std::vector<FootprintEntry>& footprint(std::string_view id) {
  static const Footprints footprints = parse();
  static const std::vector<FootprintEntry> none;
  const auto found = footprints.find(id);
  return found == footprints.end() ? none : found->second;
}

}  // namespace isosim::kernel
