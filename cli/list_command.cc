#include "cli/list_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/text_table.h"
#include "cpu/machine.h"
#include "kernel-model/kernel.h"
#include "models/platform.h"
#include "sim/params.h"
#include "workloads/micro/workload.h"

namespace isosim::cli {

namespace {

using Json = nlohmann::ordered_json;

Json platforms() {
  Json rows = Json::array();
  for (const std::string& name : models::platform_names())
    rows.push_back({{"name", name}, {"title", models::platform_title(name)}});
  return rows;
}

Json machines() {
  Json rows = Json::array();
  for (const std::string& name : cpu::machine_names())
    rows.push_back({{"name", name}, {"title", cpu::machine_document(name).value("title", "")}});
  return rows;
}

Json params() {
  Json rows = Json::array();
  for (const auto& [name, param] : sim::all_params())
    rows.push_back({{"name", name},
                    {"unit", param->unit},
                    {"default", param->value},
                    {"min", param->min},
                    {"max", param->max},
                    {"help", param->help},
                    {"source", param->source}});
  return rows;
}

Json workload_rows() {
  Json rows = Json::array();
  for (const workloads::Workload& workload : workloads::workloads()) {
    Json arguments = Json::array();
    for (const workloads::Argument& argument : workload.arguments)
      arguments.push_back(
          {{"name", argument.name}, {"default", argument.default_value}, {"help", argument.help}});
    rows.push_back({{"name", workload.name},
                    {"help", workload.help},
                    {"example", "isosim run " + std::string(workload.example)},
                    {"arguments", arguments},
                    {"settings", workloads::settings_of(workload.name)}});
  }
  return rows;
}

Json paths() {
  sim::Catalogue catalogue;
  kernel::load_catalogue(catalogue, "host");
  Json rows = Json::array();
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    const sim::PathDef& path = catalogue[sim::PathId{static_cast<std::uint16_t>(i)}];
    rows.push_back({{"id", path.id},
                    {"layer", path.layer},
                    {"mode", sim::to_string(path.mode)},
                    {"lines", static_cast<double>(path.millilines) / 1000},
                    {"cycles", static_cast<double>(path.millicycles) / 1000},
                    {"unit", path.unit},
                    {"unit_lines", static_cast<double>(path.unit_millilines) / 1000},
                    {"unit_cycles", static_cast<double>(path.unit_millicycles) / 1000},
                    {"code", static_cast<double>(path.code_millilines) / 1000},
                    {"source", path.source}});
  }
  return rows;
}

std::string cell(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:g}", value.get<double>());
  return value.dump();
}

// Long texts (help, sources) go on lines of their own, below the columns.
void print_text(const Json& rows, const std::vector<std::string>& columns,
                const std::vector<std::string>& below) {
  TextTable table;
  table.add(columns);
  for (const Json& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& column : columns) cells.push_back(cell(row[column]));
    table.add(std::move(cells));
  }
  const std::string text = table.str(0);
  std::size_t at = text.find('\n') + 1;
  fmt::print("{}", text.substr(0, at));
  for (const Json& row : rows) {
    const std::size_t end = text.find('\n', at) + 1;
    fmt::print("{}", text.substr(at, end - at));
    at = end;
    for (const std::string& column : below)
      if (const std::string line = row[column].empty() ? "" : cell(row[column]); !line.empty())
        fmt::print("    {}\n", line);
  }
}

struct Listing {
  Json (*rows)();
  std::vector<std::string> columns, below;
};

const std::map<std::string, Listing> kListings = {
    {"machines", {machines, {"name", "title"}, {}}},
    {"params", {params, {"name", "unit", "default", "min", "max"}, {"help", "source"}}},
    {"paths", {paths, {"id", "layer", "mode", "lines", "cycles", "unit", "unit_lines", "unit_cycles"}, {}}},
    {"platforms", {platforms, {"name", "title"}, {}}},
    {"workloads", {workload_rows, {"name"}, {"help", "example"}}},
};

void print_workload_arguments(const Json& rows) {
  for (const Json& row : rows) {
    for (const Json& argument : row["arguments"])
      fmt::print("{}: --arg {}={}  {}\n", cell(row["name"]), cell(argument["name"]),
                 cell(argument["default"]), cell(argument["help"]));
    for (const Json& setting : row["settings"])
      fmt::print("{}: --set {}  unless you say otherwise\n", cell(row["name"]), cell(setting));
  }
}

}  // namespace

void declare_list(CLI::App& app) {
  auto* command = app.add_subcommand("list", "list platforms, machines, params, workloads or paths");
  auto what = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  std::vector<std::string> names;
  for (const auto& [name, listing] : kListings) names.push_back(name);
  command->add_option("WHAT", *what, "what to list")->required()->check(CLI::IsMember(names));
  command->add_flag("--json", *json, "as JSON, with sources");
  command->callback([what, json] {
    const Listing& listing = kListings.at(*what);
    const Json rows = listing.rows();
    if (*json) {
      fmt::print("{}\n", rows.dump(2));
      return;
    }
    print_text(rows, listing.columns, listing.below);
    if (*what == "workloads") print_workload_arguments(rows);
  });
}

}  // namespace isosim::cli
