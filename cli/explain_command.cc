#include "cli/explain_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/common_options.h"
#include "cli/text_table.h"
#include "traces/trace.h"
#include "workloads/replay/replayer.h"
#include "workloads/step_recorder.h"

namespace isosim::cli {

namespace {

struct ExplainCommand {
  std::vector<std::string> calls;
  std::string platform = "native", machine = "e5-2630v3";
  std::vector<std::string> set;
  bool cold = false;
};

// A trace line for the call; one without a result gets the one that success has.
std::string trace_line(const std::string& call, std::size_t second) {
  std::string line = fmt::format("1 {}.000000 {}", second, call);
  if (call.rfind(") = ") == std::string::npos) {
    const std::string_view name = std::string_view(call).substr(0, call.find('('));
    const auto nr = kernel::syscall_number(name);
    line += nr && workloads::signature(*nr).result == 'F' ? " = 3" : " = 0";
  }
  return line + " <0.000001>\n";
}

std::string step_line(const workloads::Step& step, const sim::Catalogue& catalogue) {
  const std::string indent(static_cast<std::size_t>(2 * std::max(0, step.depth)), ' ');
  const std::string at = format_seconds(step.at.seconds());
  if (!step.frame.empty()) return fmt::format("{:>9}            {}{}\n", at, indent, step.frame);
  const std::string span = format_seconds(step.span.seconds());
  if (!step.wait.empty()) return fmt::format("{:>9}  {:>8}  {}waits: {}\n", at, span, indent, step.wait);
  const sim::PathDef& path = catalogue[step.path];
  std::string text = fmt::format("{:>9}  {:>8}  {:<8} {:<11} {}{}", at, span, sim::to_string(path.mode),
                                 path.layer, indent, path.id);
  if (step.units != 0) text += fmt::format("  ({} {})", step.units, path.unit);
  if (!step.other.empty()) text += fmt::format("  [{}]", step.other);
  return text + "\n";
}

void explain(const ExplainCommand& command) {
  std::string text;
  for (const std::string& call : command.calls) text += trace_line(call, text.size());
  // The call again: what it costs once names and pages are in the caches.
  const std::size_t repeated = command.cold ? command.calls.size() - 1 : command.calls.size();
  if (!command.cold) text += trace_line(command.calls.back(), text.size());
  const traces::Trace trace = traces::Trace::parse(text, "the call");
  if (!trace.problems().empty())
    throw std::invalid_argument(
        fmt::format("cannot read '{}': {}; write it as strace does, for example "
                    "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3",
                    command.calls.back(), trace.problems().front().reason));
  const workloads::TraceAnalysis analysis(trace);
  sim::Settings settings;
  models::StackRequest request;
  request.platform = command.platform;
  request.machine = command.machine;
  request.set = command.set;
  const auto stack = models::build_stack(request, settings);
  workloads::StepRecorder recorder(repeated);
  workloads::ReplayOptions options{traces::GapMode::none, {}};
  options.started = [&](const kernel::Thread& thread) {
    recorder.follow(*thread.task);
    stack->engine().set_observer(&recorder);
  };
  workloads::Replayer(*stack, trace, analysis, options).run();
  fmt::print("{} on {}, {}: {}\n\n{:>9}  {:>8}  {:<8} {:<11} {}\n", command.calls.back(), command.platform,
             command.machine, format_seconds(recorder.span().seconds()), "at", "takes", "mode", "layer",
             "step");
  for (const workloads::Step& step : recorder.steps()) fmt::print("{}", step_line(step, stack->catalogue()));
}

}  // namespace

void declare_explain(CLI::App& app) {
  auto* command =
      app.add_subcommand("explain", "one system call, step by step: each step's time, mode and layer");
  auto options = std::make_shared<ExplainCommand>();
  command
      ->add_option("CALL", options->calls,
                   "calls as strace prints them; the last is explained, those before it run first")
      ->required();
  command->add_option("--platform", options->platform, "by name or platform file")->capture_default_str();
  command->add_option("--machine", options->machine, "by name or machine file")->capture_default_str();
  command->add_option("--set", options->set, "PATH=VALUE: one parameter")->type_name("PATH=VALUE");
  command->add_flag("--cold", options->cold,
                    "explain the first call instead of a repetition with warm caches");
  command->footer(
      "Examples:\n"
      "  isosim explain 'openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3' --platform runc\n"
      "  isosim explain 'openat(AT_FDCWD, \"/data\", O_RDONLY) = 3' 'read(3, \"\"..., 4096) = 4096'");
  command->callback([options] { explain(*options); });
}

}  // namespace isosim::cli
