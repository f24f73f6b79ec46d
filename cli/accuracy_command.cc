#include "cli/accuracy_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>
#include <thread>

#include "calibration/accuracy.h"
#include "cli/workers.h"
#include "sim/data_file.h"
#include "sim/output_file.h"

namespace isosim::data {
std::span<const sim::DataFile> known_gap_files();
}

namespace isosim::cli {

namespace {

struct AccuracyCommand {
  std::string out;
  std::uint64_t operations = 100'000;  // as many as the authors made
  int jobs = 0;
};

// Jobs hand over text.
std::string to_text(const calibration::Measurement& measured) {
  std::string text;
  for (const double value : measured.values) text += fmt::format("{:.17g} ", value);
  return text;
}

calibration::Measurement from_text(const std::string& text) {
  calibration::Measurement measured;
  std::istringstream in(text);
  for (double& value : measured.values) in >> value;
  return measured;
}

void accuracy(const AccuracyCommand& command) {
  const std::vector<calibration::Target> targets = calibration::hotcloud19_targets();
  const std::vector<calibration::ClaimedRatio> ratios = calibration::hotcloud19_ratios();
  const std::vector<calibration::Claim> claims = calibration::hotcloud19_claims();
  calibration::Measurements measured(command.operations);
  const std::vector<calibration::Run> runs = calibration::runs_of(targets, ratios, claims, measured);
  std::vector<Job> jobs;
  for (const calibration::Run& run : runs)
    jobs.push_back({run.workload + " on " + run.platform,
                    [&run](const Progress&) { return to_text(calibration::measure(run)); }});
  const int parallel =
      command.jobs > 0 ? command.jobs : static_cast<int>(std::thread::hardware_concurrency());
  const std::vector<std::string> results = run_jobs(jobs, parallel);
  for (std::size_t i = 0; i < runs.size(); ++i) measured.add(runs[i], from_text(results[i]));
  const std::string text = calibration::accuracy_document(
      calibration::rows_of(targets, measured), calibration::ratios_of(ratios, measured),
      calibration::claims_table(claims, measured), std::string(data::known_gap_files()[0].text));
  if (command.out.empty()) {
    fmt::print("{}", text);
    return;
  }
  sim::OutputFile file(command.out);
  file.write(text);
  file.commit();
}

}  // namespace

void declare_accuracy(CLI::App& app) {
  auto* command =
      app.add_subcommand("accuracy", "the model beside the published results it is measured against");
  auto options = std::make_shared<AccuracyCommand>();
  command->add_option("--out", options->out, "write the table there instead of to standard output")
      ->type_name("FILE");
  command->add_option("--operations", options->operations, "an operation's repetitions in each row")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--jobs", options->jobs, "rows that run at the same time (default: one a processor)");
  command->callback([options] { accuracy(*options); });
}

}  // namespace isosim::cli
