#include "cli/replay_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/common_options.h"
#include "cli/render.h"
#include "cli/simulate.h"
#include "traces/trace.h"
#include "workloads/micro/workload.h"
#include "workloads/replay/replayer.h"
#include "workloads/result_json.h"

namespace isosim::cli {

namespace {

using Json = nlohmann::ordered_json;

const std::map<std::string, traces::GapMode> kGapModes = {{"recorded", traces::GapMode::recorded},
                                                          {"corrected", traces::GapMode::corrected},
                                                          {"none", traces::GapMode::none}};

struct ReplayCommand : CommonOptions {
  std::string trace;
  traces::GapMode gaps = traces::GapMode::corrected;
};

// Runs `program` once a platform and returns the document with all results.
Json run_platforms(CommonOptions& options, std::string_view schema,
                   const std::function<workloads::Result(models::Stack&, const Progress&)>& program) {
  if (options.platforms.empty()) options.platforms = {"native"};
  std::vector<Job> jobs;
  for (const std::string& platform : options.platforms) {
    if (std::count(options.platforms.begin(), options.platforms.end(), platform) > 1)
      throw std::invalid_argument("--platform: " + platform + " is there twice; want each platform once");
    jobs.push_back({platform, [&options, &program, platform](const Progress& progress) {
                      return simulate(options, platform,
                                      [&](models::Stack& stack) { return program(stack, progress); });
                    }});
  }
  Json results = Json::array();
  for (const std::string& text : run_jobs(jobs, options.parallel())) results.push_back(Json::parse(text));
  return workloads::document(schema, results);
}

void replay(ReplayCommand& command) {
  const traces::Trace trace = traces::Trace::open(command.trace);
  const workloads::TraceAnalysis analysis(trace);
  Json document =
      run_platforms(command, "isosim.replay/1", [&](models::Stack& stack, const Progress& progress) {
        workloads::Replayer replayer(stack, trace, analysis, {command.gaps, progress});
        return replayer.run();
      });
  document["trace"] = workloads::trace_json(command.trace, trace);
  finish(command, document.dump(2) + "\n", render_replay(document));
}

struct RunCommand : CommonOptions {
  std::string workload;
  std::vector<std::string> arguments;
};

std::map<std::string, std::string> split_arguments(const std::vector<std::string>& arguments) {
  std::map<std::string, std::string> values;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0)
      throw std::invalid_argument("--arg " + argument + ": want NAME=VALUE (see `isosim list workloads`)");
    values[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
  return values;
}

void run_workload(RunCommand& command) {
  const auto arguments = split_arguments(command.arguments);
  Json document = run_platforms(command, "isosim.run/1", [&](models::Stack& stack, const Progress& progress) {
    return workloads::run_workload(stack, command.workload, arguments, progress);
  });
  document["workload"] = command.workload;
  finish(command, document.dump(2) + "\n", render_run(document));
}

}  // namespace

void declare_replay(CLI::App& app) {
  auto* command = app.add_subcommand("replay", "replay a trace on one or more platforms and compare them");
  auto options = std::make_shared<ReplayCommand>();
  command
      ->add_option(
          "TRACE", options->trace,
          "strace text (plain, .zst, .gz), folder, tar or prefix of -ff files, or isosim's binary form")
      ->required();
  options->declare(*command);
  command
      ->add_option("--gaps", options->gaps,
                   "time between calls: as recorded, less the tracer's share, or none")
      ->transform(CLI::CheckedTransformer(kGapModes, CLI::ignore_case))
      ->default_str("corrected");
  command->footer(
      "Record a trace with:\n"
      "  strace -f -ttt -T -yy -v -s 64 -o my.strace PROGRAM ARGUMENTS...\n\n"
      "Examples:\n"
      "  isosim replay my.strace --platform native,runc\n"
      "  isosim replay my.strace --platform runc --json runc.json --folded runc.folded\n"
      "  isosim replay my.strace --platform native --set cpu.kpti=false");
  command->callback([options] { replay(*options); });
}

void declare_run(CLI::App& app) {
  auto* command = app.add_subcommand("run", "run a named workload on one or more platforms");
  auto options = std::make_shared<RunCommand>();
  command->add_option("WORKLOAD", options->workload, "its name (see `isosim list workloads`)")->required();
  command->add_option("--arg", options->arguments,
                      "NAME=VALUE: an argument of the workload; may be repeated");
  options->declare(*command);
  command->footer(
      "Examples:\n"
      "  isosim run getuid --platform native,runc\n"
      "  isosim run read --arg size=64KiB --arg storage=tmpfs --platform native,runc");
  command->callback([options] { run_workload(*options); });
}

}  // namespace isosim::cli
