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
  std::string storage;
  // Libraries and their data. Not the programs: their mappings in the record are found by their paths.
  std::vector<std::string> moved{"/usr/lib", "/usr/local/lib", "/usr/share", "/lib", "/opt"};
};

using Program =
    std::function<workloads::Result(models::Stack&, const std::string& platform, const Progress&)>;

// Runs `program` once a platform and returns the document with all results.
Json run_platforms(CommonOptions& options, std::string_view schema, const Program& program) {
  if (options.platforms.empty()) options.platforms = {"native"};
  std::vector<Job> jobs;
  for (const std::string& platform : options.platforms) {
    if (std::count(options.platforms.begin(), options.platforms.end(), platform) > 1)
      throw std::invalid_argument("--platform: " + platform + " is there twice; want each platform once");
    jobs.push_back({platform, [&options, &program, platform](const Progress& progress) {
                      return simulate(options, platform, [&](models::Stack& stack) {
                        return program(stack, platform, progress);
                      });
                    }});
  }
  Json results = Json::array();
  for (const std::string& text : run_jobs(jobs, options.parallel())) results.push_back(Json::parse(text));
  return workloads::document(schema, results);
}

// Where the files of a replay lie. A platform that lacks the --storage has them in the image; the result says
// so.
workloads::Relocation relocation(const ReplayCommand& command, const models::Stack& stack,
                                 const std::string& platform, std::vector<std::string>& notes) {
  const std::string own = platform_choice(platform).storage;
  const std::string& storage = own.empty() ? command.storage : own;
  if (storage.empty() || storage == "image") return {};
  try {
    workloads::Relocation moved{command.moved, stack.storage(storage)};
    std::string files;
    for (const std::string& prefix : command.moved) files += " " + prefix;
    notes.push_back("on " + storage + ": the files whose paths begin with" + files);
    return moved;
  } catch (const std::invalid_argument& error) {
    if (!own.empty() || command.platforms.size() == 1) throw;
    notes.push_back("--storage " + storage + ": " + error.what() + "; the files lie in the image");
    return {};
  }
}

// One that no platform has is a mistake.
void refuse_unknown_storage(const Json& results, const std::string& storage) {
  std::string reason;
  for (const Json& result : results) {
    const auto lacks = std::find_if(result["notes"].begin(), result["notes"].end(), [](const Json& note) {
      return note.get_ref<const std::string&>().starts_with("--storage ");
    });
    if (storage.empty() || lacks == result["notes"].end()) return;
    reason = lacks->get<std::string>();
  }
  throw std::invalid_argument(reason);
}

void replay(ReplayCommand& command) {
  const traces::Trace trace = traces::Trace::open(command.trace);
  const workloads::TraceAnalysis analysis(trace);
  Json document = run_platforms(
      command, "isosim.replay/1",
      [&](models::Stack& stack, const std::string& platform, const Progress& progress) {
        std::vector<std::string> notes;
        workloads::ReplayOptions options{command.gaps, progress, relocation(command, stack, platform, notes)};
        workloads::Result result = workloads::Replayer(stack, trace, analysis, std::move(options)).run();
        result.notes.insert(result.notes.end(), notes.begin(), notes.end());
        return result;
      });
  if (command.platforms.size() > 1) refuse_unknown_storage(document["results"], command.storage);
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
  const std::vector<std::string> own = workloads::settings_of(command.workload);
  command.set.insert(command.set.begin(), own.begin(), own.end());  // the user's come later and win
  Json document = run_platforms(
      command, "isosim.run/1",
      [&](models::Stack& stack, const std::string& platform, const Progress& progress) {
        if (!platform_choice(platform).storage.empty())
          throw std::invalid_argument("--platform " + platform +
                                      ": a storage there is for replay; want --arg storage=NAME");
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
  command
      ->add_option(
          "--storage", options->storage,
          "the platform's storage on which the libraries of the trace lie (default: image); of one platform: "
          "--platform NAME:STORAGE")
      ->type_name("NAME");
  command
      ->add_option("--moved", options->moved,
                   "what --storage moves: files whose paths begin so; may be repeated")
      ->type_name("PREFIX")
      ->capture_default_str();
  command->footer(
      "Record a trace with:\n"
      "  strace -f -ttt -T -yy -v -s 64 -o my.strace PROGRAM ARGUMENTS...\n\n"
      "Examples:\n"
      "  isosim replay my.strace --platform native,runc\n"
      "  isosim replay my.strace --platform native,runc,gvisor-kvm,gvisor-kvm:sentry-tmpfs\n"
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
