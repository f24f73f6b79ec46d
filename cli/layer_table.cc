#include "cli/layer_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/text_table.h"

namespace isosim::cli {

namespace {

using Json = nlohmann::ordered_json;
using Results = std::vector<const Json*>;

constexpr std::size_t kLayersOfAPart = 6;

struct Row {
  std::string name;
  std::vector<double> seconds;  // by result

  [[nodiscard]] double largest() const { return *std::max_element(seconds.begin(), seconds.end()); }
  // The largest difference to the first result; of one result, its time.
  [[nodiscard]] double weight() const {
    if (seconds.size() == 1) return seconds[0];
    double most = 0;
    for (const double value : seconds) most = std::max(most, std::abs(value - seconds[0]));
    return most;
  }
};

// Each name once, with its time in each result.
std::vector<Row> rows_of(const Results& results, const char* rows, const char* key) {
  std::map<std::string, Row> by_name;
  for (std::size_t i = 0; i < results.size(); ++i)
    for (const Json& json : (*results[i])[rows]) {
      Row& row = by_name[json[key]];
      row.seconds.resize(results.size());
      row.seconds[i] += json["seconds"].get<double>();
    }
  std::vector<Row> list;
  for (auto& [name, row] : by_name) list.push_back({name, std::move(row.seconds)});
  std::stable_sort(list.begin(), list.end(),
                   [](const Row& a, const Row& b) { return a.largest() > b.largest(); });
  return list;
}

std::string signed_seconds(double seconds) {
  if (seconds == 0) return "";
  return (seconds < 0 ? "-" : "+") + format_seconds(std::abs(seconds));
}

std::vector<std::string> header(std::string first, const std::vector<std::string>& labels) {
  const std::string second = labels[0].size() <= 12 ? "vs " + labels[0] : "vs first";
  std::vector<std::string> row{std::move(first), labels[0]};
  for (std::size_t i = 1; i < labels.size(); ++i) {
    row.push_back(labels[i]);
    row.push_back(second);
  }
  return row;
}

// Time, and what it has over the first result.
std::vector<std::string> added(std::string name, const std::vector<double>& seconds) {
  std::vector<std::string> row{std::move(name), format_seconds(seconds[0])};
  for (std::size_t i = 1; i < seconds.size(); ++i) {
    row.push_back(format_seconds(seconds[i]));
    row.push_back(signed_seconds(seconds[i] - seconds[0]));
  }
  return row;
}

std::vector<std::string> times(std::string name, const std::vector<double>& seconds) {
  std::vector<std::string> row{std::move(name), format_seconds(seconds[0])};
  for (std::size_t i = 1; i < seconds.size(); ++i) {
    row.push_back(format_seconds(seconds[i]));
    row.push_back(seconds[0] > 0 ? fmt::format("{:.2f}x", seconds[i] / seconds[0]) : "new");
  }
  return row;
}

void add_part(TextTable& table, const std::string& part, const std::vector<Row>& layers) {
  std::vector<double> sum(layers.front().seconds.size());
  for (const Row& layer : layers)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += layer.seconds[i];
  table.add(added("  " + part, sum));
  if (layers.size() == 1) return;
  for (std::size_t i = 0; i < std::min(kLayersOfAPart, layers.size()); ++i)
    table.add(added("    " + layers[i].name, layers[i].seconds));
}

std::uint64_t count_of(const Json& result, const std::string& name) {
  for (const Json& row : result["by_call"])
    if (row["name"] == name) return row["count"];
  return 0;
}

}  // namespace

std::string_view layer_part(std::string_view layer) {
  if (layer == "user") return "program";
  if (layer.starts_with("sentry ")) return "Sentry";
  if (layer == "gofer") return "Gofer";
  if (layer == "go runtime") return "Go runtime of Sentry and Gofer";
  if (layer == "kvm") return "KVM";
  if (layer == "cpu") return "processor: modes, copies, misses";
  if (layer == "idle") return "waking an idle core";
  return "kernel of the host";
}

std::string layer_table(const Results& results, const std::vector<std::string>& labels) {
  std::vector<std::pair<std::string, std::vector<Row>>> parts;
  for (Row& layer : rows_of(results, "layers", "layer")) {
    const std::string part(layer_part(layer.name));
    auto it = std::find_if(parts.begin(), parts.end(), [&](const auto& p) { return p.first == part; });
    if (it == parts.end()) it = parts.insert(it, {part, {}});
    it->second.push_back(std::move(layer));
  }
  std::vector<double> total;
  for (const Json* result : results) total.push_back((*result)["simulated_seconds"]);
  TextTable table;
  table.add(header("where the time goes", labels));
  table.add(times("elapsed", total));
  for (const auto& [part, layers] : parts) add_part(table, part, layers);
  return table.str();
}

std::string call_table(const Results& results, const std::vector<std::string>& labels, std::size_t most) {
  std::vector<Row> rows = rows_of(results, "by_call", "name");
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.weight() > b.weight(); });
  TextTable table;
  std::vector<std::string> head = header("system call", labels);
  head.insert(head.begin() + 1, "calls");
  table.add(head);
  for (std::size_t i = 0; i < std::min(rows.size(), most); ++i) {
    std::vector<std::string> row = times(rows[i].name, rows[i].seconds);
    row.insert(row.begin() + 1, format_count(count_of(*results.back(), rows[i].name)));
    table.add(row);
  }
  std::string text = table.str();
  if (rows.size() > most) text += fmt::format("  ... and {} more (--json has all)\n", rows.size() - most);
  return text;
}

}  // namespace isosim::cli
