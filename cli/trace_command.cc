#include "cli/trace_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/text_table.h"
#include "traces/convert.h"
#include "traces/trace.h"

namespace isosim::cli {

namespace {

const std::map<std::string, traces::Target> kTargets = {
    {"other", traces::Target::other}, {"binary", traces::Target::binary}, {"strace", traces::Target::strace}};

struct ConvertCommand {
  std::string from, to;
  traces::Target target = traces::Target::other;
};

void convert(const ConvertCommand& command) {
  const traces::Conversion done = traces::convert(command.from, command.to, command.target);
  fmt::print("{} events, {} bytes to {} bytes\n", format_count(done.events), format_count(done.bytes_in),
             format_count(done.bytes_out));
  if (done.problems != 0)
    fmt::print("{} lines were not understood; `isosim trace info {}` lists them\n",
               format_count(done.problems), command.from);
}

void info(const std::string& path, bool json) {
  const traces::Trace trace = traces::Trace::open(path);
  const auto facts = traces::describe(trace);
  if (json) {
    nlohmann::ordered_json document = {{"schema", "isosim.trace-info/1"}};
    for (const auto& [name, value] : facts) document[name] = value;
    document["problems"] = nlohmann::ordered_json::array();
    for (const traces::Problem& problem : trace.problems())
      document["problems"].push_back(
          {{"file", problem.file}, {"line", problem.line}, {"reason", problem.reason}});
    fmt::print("{}\n", document.dump(2));
    return;
  }
  std::size_t widest = 0;
  for (const auto& [name, value] : facts) widest = std::max(widest, name.size());
  for (const auto& [name, value] : facts) fmt::print("{:<{}}  {}\n", name, widest, value);
  for (const traces::Problem& problem : trace.problems())
    fmt::print("{}:{}: {}: {}\n", problem.file, problem.line, problem.reason, problem.text);
}

}  // namespace

void declare_trace(CLI::App& app) {
  auto* command = app.add_subcommand("trace", "convert traces, and tell what is in them");
  command->require_subcommand(1);

  auto* conversion = command->add_subcommand("convert", "between strace's text and isosim's binary form");
  auto options = std::make_shared<ConvertCommand>();
  conversion->add_option("FROM", options->from, "trace in any form that replay reads")->required();
  conversion->add_option("TO", options->to, "file to write")->required();
  conversion->add_option("--to", options->target, "binary, strace, or the other of the two")
      ->transform(CLI::CheckedTransformer(kTargets, CLI::ignore_case))
      ->default_str("other");
  conversion->footer(
      "Examples:\n"
      "  isosim trace convert my.strace my.trace\n"
      "  isosim trace convert my.trace back.strace.zst");
  conversion->callback([options] { convert(*options); });

  auto* description =
      command->add_subcommand("info", "threads, calls, how it was recorded, lines not understood");
  auto path = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  description->add_option("TRACE", *path, "trace in any form that replay reads")->required();
  description->add_flag("--json", *json, "as JSON");
  description->callback([path, json] { info(*path, *json); });
}

}  // namespace isosim::cli
