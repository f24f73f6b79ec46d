#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "workloads/call_statistics.h"
#include "workloads/micro/programs.h"
#include "workloads/micro/workload.h"
#include "workloads/replay/replayer.h"

namespace isosim::workloads::programs {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "py_import_", kBare = "py_bare.", kNoModule = "none";

struct Recorded {
  std::string module;
  fs::path trace;
};

std::vector<Recorded> recorded_imports(const fs::path& folder) {
  std::vector<Recorded> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kBare)) found.push_back({std::string(kNoModule), entry.path()});
    if (name.starts_with(kPrefix))
      found.push_back({name.substr(kPrefix.size(), name.find('.') - kPrefix.size()), entry.path()});
  }
  if (found.empty())
    throw std::invalid_argument("no recorded imports (py_import_MODULE...) in " + folder.string() +
                                "; --arg traces=FOLDER names another folder");
  std::sort(found.begin(), found.end(),
            [](const Recorded& a, const Recorded& b) { return a.module < b.module; });
  return found;
}

fs::path trace_of(const Program& program) {
  const std::string module = program.text("module"), folder = program.text("traces");
  std::string known;
  for (Recorded& recorded : recorded_imports(folder.empty() ? fs::path(ISOSIM_TRACES) : fs::path(folder))) {
    if (recorded.module == module) return std::move(recorded.trace);
    known += (known.empty() ? "" : ", ") + recorded.module;
  }
  throw std::invalid_argument("no recorded import of '" + module + "'; there are " + known);
}

}  // namespace

Result python_import(Program& program) {
  const traces::Trace trace = traces::Trace::open(trace_of(program));
  const TraceAnalysis analysis(trace);
  ReplayOptions options;
  options.progress = program.progress;
  // The image has the library where it was recorded; another storage has a copy that the interpreter uses
  // instead.
  if (const std::string storage = program.text("storage"); storage != "image")
    options.relocation = {{"/usr/lib/python3", "/usr/local/lib/python3"}, program.stack().storage(storage)};
  Result result = Replayer(program.stack(), trace, analysis, std::move(options)).run();
  program.add_latency(result.simulated);
  result.latency = summarise(program.latency());
  result.notes.emplace_back("an operation is the interpreter from start to end; module=none imports nothing");
  return result;
}

}  // namespace isosim::workloads::programs
