#include "cli/explain_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/common_options.h"
#include "cli/explain_text.h"
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
  bool cold = false, all = false;
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

// What the platform returned, where that is not what the call says.
void warn(const workloads::Result& result) {
  for (const workloads::Mismatch& row : result.mismatches)
    if (row.recorded < 0 || row.emulated < 0)  // else another number of a descriptor, say
      fmt::print("  {} returned {} here, not {}\n", row.call, row.emulated, row.recorded);
  for (const workloads::KnownDifference& row : result.known_differences)
    fmt::print("  {} returned {} here: {}\n", row.call, row.emulated, row.reason);
}

void explain(const ExplainCommand& command) {
  // All of them twice: the second time, names and pages are in the caches.
  const std::size_t times = command.cold ? 1 : 2;
  std::string text;
  for (std::size_t i = 0; i < times; ++i)
    for (const std::string& call : command.calls) text += trace_line(call, text.size());
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
  workloads::StepRecorder recorder(times * command.calls.size() - 1);
  workloads::ReplayOptions options{traces::GapMode::none, {}};
  options.started = [&](const kernel::Thread& thread) {
    recorder.follow(*thread.task);
    stack->engine().set_observer(&recorder);
  };
  const workloads::Result result = workloads::Replayer(*stack, trace, analysis, options).run();
  stack->engine().set_observer(nullptr);
  const std::vector<workloads::Step> steps = recorder.take_steps();
  if (steps.empty())
    throw std::runtime_error(fmt::format("the program ended before '{}'", command.calls.back()));
  const auto charges = std::count_if(steps.begin(), steps.end(), [](const workloads::Step& step) {
    return step.kind == workloads::Step::Kind::charge;
  });
  fmt::print("{} on {}, {}: {}, {} charges{}\n\n", command.calls.back(), command.platform, command.machine,
             format_seconds(steps.front().span.seconds()), charges, command.all ? "" : " (--all shows each)");
  const auto render = command.all ? render_charges : render_sequence;
  fmt::print("{}\n{}", render(steps, recorder.tasks(), stack->catalogue()),
             render_sums(steps, recorder.tasks(), stack->catalogue()));
  fmt::print(
      "  processors, out of idle in the mean at {:.2f} GHz (a loop of calls that wait may bring it down)\n",
      workloads::mean_mhz(result.use) / 1e3);
  warn(result);
}

}  // namespace

void declare_explain(CLI::App& app) {
  auto* command = app.add_subcommand(
      "explain", "one system call as the sequence it is: who does what, and who waits for whom");
  auto options = std::make_shared<ExplainCommand>();
  command
      ->add_option("CALL", options->calls,
                   "calls as strace prints them; the last is explained, those before it run first")
      ->required();
  command->add_option("--platform", options->platform, "by name or platform file")->capture_default_str();
  command->add_option("--machine", options->machine, "by name or machine file")->capture_default_str();
  command->add_option("--set", options->set, "PATH=VALUE: one parameter")->type_name("PATH=VALUE");
  command->add_flag("--cold", options->cold,
                    "explain the calls' first time instead of a repetition with warm caches");
  command->add_flag("--all", options->all, "every charge, instead of a line a stretch of work");
  command->footer(
      "Examples:\n"
      "  isosim explain 'openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3' --platform runc\n"
      "  isosim explain 'openat(AT_FDCWD, \"/data\", O_RDONLY) = 3' 'read(3, \"\"..., 4096) = 4096'\n"
      "  isosim explain 'openat(AT_FDCWD, \"/mnt/volume/f\", O_RDWR) = 3' 'close(3) = 0' --platform "
      "gvisor-kvm --all");
  command->callback([options] { explain(*options); });
}

}  // namespace isosim::cli
