#include "cli/accuracy_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
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
  std::uint64_t operations = 20'000;
  int jobs = 0;
};

void accuracy(const AccuracyCommand& command) {
  std::vector<calibration::Row> rows;
  std::vector<Job> jobs;
  for (calibration::Target& target : calibration::hotcloud19_targets()) {
    jobs.push_back({target.experiment, [target, &command](const Progress&) {
                      return fmt::format("{:.17g}", calibration::run_target(target, command.operations));
                    }});
    rows.push_back({std::move(target), 0});
  }
  const int parallel =
      command.jobs > 0 ? command.jobs : static_cast<int>(std::thread::hardware_concurrency());
  const std::vector<std::string> results = run_jobs(jobs, parallel);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].model_seconds = std::stod(results[i]);
  const std::string text = calibration::accuracy_document(rows, std::string(data::known_gap_files()[0].text));
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
