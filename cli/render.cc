#include "cli/render.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/layer_table.h"
#include "cli/text_table.h"

namespace isosim::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCallRows = 16, kMismatchRows = 6;

std::string ratio(double value, double base) { return base > 0 ? fmt::format("{:.2f}x", value / base) : ""; }

std::vector<std::string> header(const Json& results, std::string first) {
  std::vector<std::string> row{std::move(first)};
  for (std::size_t i = 0; i < results.size(); ++i) {
    row.push_back(results[i]["platform"]);
    if (i != 0) row.emplace_back("ratio");
  }
  return row;
}

void add_times(TextTable& table, const Json& results, const std::string& name, const auto& seconds) {
  std::vector<std::string> row{name};
  const double base = seconds(results[0]);
  for (std::size_t i = 0; i < results.size(); ++i) {
    row.push_back(format_seconds(seconds(results[i])));
    if (i != 0) row.push_back(ratio(seconds(results[i]), base));
  }
  table.add(std::move(row));
}

struct Columns {
  std::vector<const Json*> results;
  std::vector<std::string> labels;
};

Columns columns(const Json& results) {
  Columns out;
  for (const Json& result : results) {
    out.results.push_back(&result);
    out.labels.push_back(result["platform"]);
  }
  return out;
}

std::string layers(const Json& results) {
  const Columns all = columns(results);
  return layer_table(all.results, all.labels);
}

std::string calls(const Json& results) {
  const Columns all = columns(results);
  return call_table(all.results, all.labels, kCallRows);
}

std::string agreement(const Json& result) {
  const double compared = result["returns"]["compared"], agree = result["returns"]["agree"];
  std::string text =
      fmt::format("  {:<12} {} of {} return values agree with the record ({:.2f} %)",
                  result["platform"].get<std::string>(), format_count(result["returns"]["agree"]),
                  format_count(result["returns"]["compared"]), compared > 0 ? 100 * agree / compared : 100.0);
  const std::uint64_t total = result["calls"]["total"], modelled = result["calls"]["modelled"];
  text += fmt::format("; {} of {} calls modelled", format_count(modelled), format_count(total));
  std::uint64_t known = 0;
  for (const Json& row : result["returns"]["known_differences"]) known += row["count"].get<std::uint64_t>();
  if (known != 0)
    text += fmt::format("; {} answered otherwise as the platform is known to", format_count(known));
  if (const std::uint64_t forced = result["calls"]["forced"]; forced != 0)
    text += fmt::format("; {} forced", format_count(forced));
  return text + "\n";
}

// The first of a list, a line each.
template <class Line>
std::string first_rows(const Json& rows, Line line) {
  std::string text;
  for (std::size_t i = 0; i < std::min(rows.size(), kMismatchRows); ++i) text += line(rows[i]);
  return rows.size() > kMismatchRows ? text + "    ... (--json has all)\n" : text;
}

std::string doubts(const Json& result) {
  std::string text = first_rows(result["mismatches"], [](const Json& row) {
    return fmt::format("    {}x {} {}: line {}, recorded {}, emulated {}\n",
                       row["count"].get<std::uint64_t>(), row["call"].get<std::string>(),
                       row["kind"].get<std::string>(), row["line"].get<std::uint64_t>(),
                       row["recorded"].get<std::int64_t>(), row["emulated"].get<std::int64_t>());
  });
  text += first_rows(result["forced"], [](const Json& row) {
    return fmt::format("    {}x {} forced: line {}, what it waited for did not happen here\n",
                       row["count"].get<std::uint64_t>(), row["call"].get<std::string>(),
                       row["line"].get<std::uint64_t>());
  });
  text += first_rows(result["returns"]["known_differences"], [](const Json& row) {
    return fmt::format("    {}x {} known: {}\n", row["count"].get<std::uint64_t>(),
                       row["call"].get<std::string>(), row["reason"].get<std::string>());
  });
  for (const Json& row : result["unmodelled"])
    text += fmt::format(
        "    no model for {}: {} calls ({:.3g} %), {} ({:.3g} % of all calls' time), results as recorded\n",
        row["name"].get<std::string>(), row["count"].get<std::uint64_t>(),
        100 * row["share_of_calls"].get<double>(), format_seconds(row["seconds"]),
        100 * row["share_of_time"].get<double>());
  for (const Json& name : result["settings_not_read"])
    text += fmt::format("    setting {} was read by no model in this run\n", name.get<std::string>());
  for (const Json& note : result["notes"]) text += fmt::format("    {}\n", note.get<std::string>());
  return text;
}

// Why the same work may take longer on one platform than on another.
std::string frequencies(const Json& results) {
  std::string text = "processors, out of idle in the mean at";
  for (const Json& result : results)
    text += fmt::format("  {} {:.2f} GHz", result["platform"].get<std::string>(),
                        result["processors"]["mean_mhz"].get<double>() / 1e3);
  return text + "\n";
}

std::string digests(const Json& results) {
  std::string text = "digest";
  for (const Json& result : results)
    text +=
        fmt::format("  {} {}", result["platform"].get<std::string>(), result["digest"].get<std::string>());
  return text + "\n";
}

}  // namespace

std::string render_replay(const Json& document) {
  const Json& results = document["results"];
  const Json& trace = document["trace"];
  std::string text = fmt::format("{}: {} calls, {} threads, on {}\n\n", trace["file"].get<std::string>(),
                                 format_count(trace["calls"]), format_count(trace["threads"]),
                                 results[0]["machine"].get<std::string>());
  text += layers(results) + "\n" + calls(results) + "\n";
  for (const Json& result : results) text += agreement(result) + doubts(result);
  if (const Json& gaps = results[0]["gaps"]; !gaps.is_null())
    text += fmt::format("  time between calls: {} ({} of {} recorded). {}\n",
                        gaps["policy"].get<std::string>(), format_seconds(gaps["used_seconds"]),
                        format_seconds(gaps["recorded_seconds"]), gaps["method"].get<std::string>());
  return text + frequencies(results) + digests(results);
}

std::string render_run(const Json& document) {
  const Json& results = document["results"];
  std::string text = fmt::format("{} on {}:", document["workload"].get<std::string>(),
                                 results[0]["machine"].get<std::string>());
  for (const auto& [name, value] : results[0]["arguments"].items())
    text += fmt::format(" {}={}", name, value.get<std::string>());
  text += "\n\n";
  TextTable table;
  table.add(header(results, "time an operation"));
  for (const char* figure : {"mean", "p50", "p95", "p99"})
    add_times(table, results, figure, [&](const Json& r) { return r["latency"][figure].get<double>(); });
  text += table.str() + "\n" + layers(results) + "\n";
  for (const Json& result : results) text += doubts(result);
  return text + frequencies(results) + digests(results);
}

}  // namespace isosim::cli
