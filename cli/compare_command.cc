#include "cli/compare_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/layer_table.h"

namespace isosim::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRows = 16;

// A result, and which it is.
struct Column {
  Json result;
  std::string file;
};

Json load(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::invalid_argument("cannot read " + path);
  Json document = Json::parse(file, nullptr, false);
  if (document.is_discarded())
    throw std::invalid_argument(path + ": not JSON; want a file that --json wrote");
  const std::string schema = document.value("schema", "");
  if (schema != "isosim.replay/1" && schema != "isosim.run/1")
    throw std::invalid_argument(path + ": /schema is '" + schema + "'; want isosim.replay/1 or isosim.run/1");
  return document;
}

// The named platform's result, or all.
void pick(const Json& document, const std::string& platform, const std::string& path,
          std::vector<Column>& columns) {
  std::string known;
  const std::size_t before = columns.size();
  for (const Json& result : document["results"]) {
    if (platform.empty() || result["platform"] == platform) columns.push_back({result, path});
    known += " " + result["platform"].get<std::string>();
  }
  if (columns.size() == before)
    throw std::invalid_argument(path + ": has no platform '" + platform + "'; it has" + known);
}

// FILE or FILE:PLATFORM.
std::pair<std::string, std::string> split(const std::string& argument) {
  if (std::ifstream(argument).good()) return {argument, ""};
  // A platform's name may have a colon of its own.
  for (std::size_t colon = argument.find(':'); colon != std::string::npos;
       colon = argument.find(':', colon + 1))
    if (std::ifstream(argument.substr(0, colon)).good())
      return {argument.substr(0, colon), argument.substr(colon + 1)};
  return {argument, ""};
}

// The platforms' names; with the file's, where one platform is there twice.
std::vector<std::string> labels(const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) {
    const std::string platform = column.result["platform"];
    const auto same = std::count_if(columns.begin(), columns.end(), [&](const Column& other) {
      return other.result["platform"] == platform;
    });
    names.push_back(
        same == 1 ? platform
                  : fmt::format("{} ({})", platform, std::filesystem::path(column.file).stem().string()));
  }
  return names;
}

std::string render(const std::vector<Column>& columns) {
  std::vector<const Json*> results;
  for (const Column& column : columns) results.push_back(&column.result);
  const std::vector<std::string> names = labels(columns);
  return layer_table(results, names) + "\n" + call_table(results, names, kRows);
}

}  // namespace

void declare_compare(CLI::App& app) {
  auto* command = app.add_subcommand(
      "compare", "results side by side: by layer, then by call, and what each has over the first");
  auto files = std::make_shared<std::vector<std::string>>();
  command
      ->add_option("FILE[:PLATFORM]", *files,
                   "results that --json wrote: of the platform, or of all in the file")
      ->required();
  command->footer(
      "Examples:\n"
      "  isosim compare before.json after.json\n"
      "  isosim compare all.json:runc all.json:gvisor-kvm all.json:gvisor-ptrace");
  command->callback([files] {
    std::vector<Column> columns;
    for (const std::string& argument : *files) {
      const auto [path, platform] = split(argument);
      pick(load(path), platform, path, columns);
    }
    if (columns.size() < 2)
      throw std::invalid_argument("one result alone has nothing to be compared with; want two");
    fmt::print("{}", render(columns));
  });
}

}  // namespace isosim::cli
