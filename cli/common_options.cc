#include "cli/common_options.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <thread>

#include "sim/output_file.h"

namespace isosim::cli {

namespace {

// results.json + native -> results.native.json: one file a platform when several run.
std::string with_tag(const std::string& path, std::string_view tag) {
  const std::size_t slash = path.find_last_of('/');
  const std::size_t dot = path.find_last_of('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash))
    return fmt::format("{}.{}", path, tag);
  return fmt::format("{}.{}{}", path.substr(0, dot), tag, path.substr(dot));
}

}  // namespace

PlatformChoice platform_choice(const std::string& argument) {
  const std::size_t colon = argument.rfind(':');
  std::error_code error;
  if (colon == std::string::npos || std::filesystem::exists(argument, error)) return {argument, ""};
  return {argument.substr(0, colon), argument.substr(colon + 1)};
}

void CommonOptions::declare(CLI::App& command) {
  command.add_option("--platform", platforms, "platforms, by name or platform file, separated by commas")
      ->delimiter(',')
      ->default_str("native");
  command.add_option("--machine", machine, "machine, by name or machine file")->capture_default_str();
  command.add_option("--set", set, "PATH=VALUE: one parameter (see `isosim list params`); may be repeated")
      ->type_name("PATH=VALUE");
  command.add_option("--patch", patches, "JSON merge patch (RFC 7396) on the platform; may be repeated")
      ->check(CLI::ExistingFile);
  command.add_option("--json", json, "write the results as JSON")->type_name("FILE");
  command.add_option("--timeline", timeline, "write a Chrome trace that ui.perfetto.dev opens")
      ->type_name("FILE");
  command.add_option("--folded", folded, "write folded stacks for flame graphs, in ns")->type_name("FILE");
  command.add_option("--vcd", vcd, "write the hardware's signals for GTKWave")->type_name("FILE");
  command.add_option("--jobs", jobs, "platforms that run at the same time (default: one a processor)")
      ->check(CLI::Range(0, 1024));
  command.add_flag("--strict", strict, "refuse calls that have no model instead of taking a default path");
}

models::StackRequest CommonOptions::request(const std::string& platform) const {
  models::StackRequest request;
  request.platform = platform_choice(platform).platform;
  request.machine = machine;
  request.set = set;
  request.patches = patches;
  return request;
}

int CommonOptions::parallel() const {
  return jobs > 0 ? jobs : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

std::string CommonOptions::file_for(const std::string& file, const std::string& platform) const {
  std::error_code error;
  const bool device = std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error);
  if (file.empty() || device || platforms.size() == 1) return file;
  const std::size_t slash = platform.find_last_of('/');
  return with_tag(file, slash == std::string::npos ? platform : platform.substr(slash + 1));
}

void finish(const CommonOptions& options, const std::string& document, const std::string& text) {
  if (!options.json.empty()) {
    sim::OutputFile file(options.json);
    file.write(document);
    file.commit();
  }
  fmt::print("{}", text);
}

}  // namespace isosim::cli
