#include "cli/compare_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/text_table.h"

namespace isosim::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRows = 16;

struct Change {
  std::string name;
  double a = 0, b = 0;
};

std::vector<Change> changes(const Json& a, const Json& b, const char* rows, const char* key) {
  std::map<std::string, Change> by_name;
  for (const Json& row : a[rows]) by_name[row[key]].a += row["seconds"].get<double>();
  for (const Json& row : b[rows]) by_name[row[key]].b += row["seconds"].get<double>();
  std::vector<Change> list;
  for (auto& [name, change] : by_name) list.push_back({name, change.a, change.b});
  std::stable_sort(list.begin(), list.end(), [](const Change& x, const Change& y) {
    return std::abs(x.b - x.a) > std::abs(y.b - y.a);
  });
  return list;
}

std::string signed_seconds(double seconds) {
  return (seconds < 0 ? "-" : "+") + format_seconds(std::abs(seconds));
}

void add_row(TextTable& table, const Change& change) {
  table.add({change.name, format_seconds(change.a), format_seconds(change.b),
             signed_seconds(change.b - change.a),
             change.a > 0 ? fmt::format("{:.2f}x", change.b / change.a) : "new"});
}

std::string section(const Json& a, const Json& b, const char* title, const char* rows, const char* key) {
  TextTable table;
  table.add({title, a["platform"], b["platform"], "change", "ratio"});
  const auto list = changes(a, b, rows, key);
  for (std::size_t i = 0; i < std::min(kRows, list.size()); ++i) add_row(table, list[i]);
  return table.str();
}

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

// The result to compare: the named platform's, or the only one.
const Json& pick(const Json& document, const std::string& platform, const std::string& path) {
  const Json& results = document["results"];
  if (platform.empty() && results.size() == 1) return results[0];
  std::string known;
  for (const Json& result : results) {
    if (result["platform"] == platform) return result;
    known += " " + result["platform"].get<std::string>();
  }
  throw std::invalid_argument(path + ": choose a platform with FILE:PLATFORM; it has" + known);
}

// FILE or FILE:PLATFORM.
std::pair<std::string, std::string> split(const std::string& argument) {
  if (std::ifstream(argument).good()) return {argument, ""};
  const std::size_t colon = argument.rfind(':');
  if (colon == std::string::npos) return {argument, ""};
  return {argument.substr(0, colon), argument.substr(colon + 1)};
}

}  // namespace

std::string render_comparison(const Json& a, const Json& b) {
  TextTable total;
  total.add({"", a["platform"], b["platform"], "change", "ratio"});
  add_row(total, {"total", a["simulated_seconds"], b["simulated_seconds"]});
  add_row(total, {"mean call", a["latency"]["mean"], b["latency"]["mean"]});
  return total.str() + "\n" + section(a, b, "by layer", "layers", "layer") + "\n" +
         section(a, b, "by system call", "by_call", "name");
}

void declare_compare(CLI::App& app) {
  auto* command =
      app.add_subcommand("compare", "two results side by side: by layer, then by call, what changed first");
  auto files = std::make_shared<std::vector<std::string>>();
  command->add_option("FILE[:PLATFORM]", *files, "two results that --json wrote, or two platforms of one")
      ->required()
      ->expected(2);
  command->footer(
      "Examples:\n"
      "  isosim compare before.json after.json\n"
      "  isosim compare both.json:native both.json:runc");
  command->callback([files] {
    const auto [path_a, platform_a] = split((*files)[0]);
    const auto [path_b, platform_b] = split((*files)[1]);
    const Json a = load(path_a), b = load(path_b);
    fmt::print("{}", render_comparison(pick(a, platform_a, path_a), pick(b, platform_b, path_b)));
  });
}

}  // namespace isosim::cli
