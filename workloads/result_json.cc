#include "workloads/result_json.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace isosim::workloads {

namespace {

using Json = nlohmann::ordered_json;

Json latency_json(const LatencySummary& latency) {
  const double mean = latency.count == 0 ? 0.0 : latency.total.seconds() / static_cast<double>(latency.count);
  return {{"mean", mean},
          {"p50", latency.p50.seconds()},
          {"p95", latency.p95.seconds()},
          {"p99", latency.p99.seconds()},
          {"max", latency.max.seconds()}};
}

Json call_json(const CallRow& row) {
  Json json = {{"name", row.name},
               {"count", row.latency.count},
               {"errors", row.errors},
               {"modelled", row.defaulted == 0},
               {"seconds", row.latency.total.seconds()}};
  json["latency"] = latency_json(row.latency);
  return json;
}

Json unmodelled_json(const Result& result) {
  Json rows = Json::array();
  for (const CallRow& row : result.call_rows) {
    if (row.defaulted == 0) continue;
    const double share = static_cast<double>(row.defaulted) / static_cast<double>(result.calls);
    const double seconds = row.defaulted_time.seconds();
    rows.push_back({{"name", row.name},
                    {"count", row.defaulted},
                    {"share_of_calls", share},
                    {"seconds", seconds},
                    {"share_of_time", seconds / result.latency.total.seconds()}});
  }
  return rows;
}

Json known_json(const Result& result) {
  Json rows = Json::array();
  for (const KnownDifference& row : result.known_differences)
    rows.push_back({{"call", row.call},
                    {"reason", row.reason},
                    {"count", row.count},
                    {"line", row.line},
                    {"recorded", row.recorded},
                    {"emulated", row.emulated}});
  return rows;
}

}  // namespace

Json to_json(const Result& result) {
  Json json;
  json["platform"] = result.platform;
  json["machine"] = result.machine;
  json["simulated_seconds"] = result.simulated.seconds();
  json["wall_seconds"] = result.wall_seconds;
  json["digest"] = fmt::format("{:016x}", result.digest);
  json["calls"] = {{"total", result.calls},
                   {"modelled", result.modelled},
                   {"forced", result.forced},
                   {"ordering_waits", result.ordering_waits}};
  json["returns"] = {
      {"compared", result.compared}, {"agree", result.agree}, {"known_differences", known_json(result)}};
  json["latency"] = latency_json(result.latency);
  json["exits"] = {
      {"kernel", result.exits.kernel}, {"user", result.exits.user}, {"page_fault", result.exits.page_fault}};
  json["processors"] = {{"busy_seconds", result.use.busy.seconds()}, {"mean_mhz", mean_mhz(result.use)}};
  json["layers"] = Json::array();
  for (const LayerRow& row : result.layer_rows)
    json["layers"].push_back(
        {{"layer", row.layer}, {"seconds", row.total.seconds()}, {"charges", row.charges}});
  json["by_call"] = Json::array();
  for (const CallRow& row : result.call_rows) json["by_call"].push_back(call_json(row));
  json["unmodelled"] = unmodelled_json(result);
  json["mismatches"] = Json::array();
  for (const Mismatch& row : result.mismatches)
    json["mismatches"].push_back({{"call", row.call},
                                  {"kind", row.kind},
                                  {"count", row.count},
                                  {"line", row.line},
                                  {"recorded", row.recorded},
                                  {"emulated", row.emulated},
                                  {"example", row.example}});
  json["forced"] = Json::array();
  for (const ForcedCall& row : result.forced_calls)
    json["forced"].push_back({{"call", row.call}, {"count", row.count}, {"line", row.line}});
  if (!result.gaps.policy.empty())
    json["gaps"] = {{"policy", result.gaps.policy},
                    {"method", result.gaps.method},
                    {"overhead_seconds_a_call", result.gaps.overhead_a_call.seconds()},
                    {"recorded_seconds", result.gaps.recorded.seconds()},
                    {"used_seconds", result.gaps.used.seconds()}};
  if (!result.arguments.empty()) json["arguments"] = result.arguments;
  if (!result.configuration.is_null()) json["configuration"] = result.configuration;
  json["settings_not_read"] = result.unread_settings;
  json["notes"] = result.notes;
  return json;
}

Json trace_json(std::string_view file, const traces::Trace& trace) {
  const traces::TraceInfo& info = trace.info();
  Json json = {{"file", file},
               {"calls", info.calls},
               {"events", info.events},
               {"lines", info.lines},
               {"threads", trace.threads().size()},
               {"lines_not_understood", info.line_counts.problems}};
  json["problems"] = Json::array();
  for (const traces::Problem& problem : trace.problems())
    json["problems"].push_back({{"file", problem.file}, {"line", problem.line}, {"reason", problem.reason}});
  return json;
}

Json document(std::string_view schema, const Json& results) {
  Json json;
  json["schema"] = schema;
  json["model_version"] = kModelVersion;
  json["units"] = {{"time", "seconds"}, {"latency", "seconds per operation"}};
  json["results"] = results;
  return json;
}

}  // namespace isosim::workloads
