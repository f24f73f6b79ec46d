#include "workloads/replay/replayer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "models/platform.h"

using namespace isosim;

namespace {

workloads::Result replay(const std::filesystem::path& file, const std::string& platform, std::uint64_t& charged) {
  const traces::Trace trace = traces::Trace::open(file);
  const workloads::TraceAnalysis analysis(trace);
  sim::Settings settings;
  models::StackRequest request;
  request.platform = platform;
  request.machine = "e5-2630v3";
  const auto stack = models::build_stack(request, settings);
  workloads::Result result = workloads::Replayer(*stack, trace, analysis, {}).run();
  charged = trace.info().calls;
  return result;
}

std::vector<std::filesystem::path> traces_kept() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(ISOSIM_SOURCE_DIR "/tests/data/traces"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("every kept trace replays to its end and agrees with the record", "[replay]") {
  for (const auto& file : traces_kept()) {
    for (const char* platform : {"native", "runc"}) {
      INFO(file.filename() << " on " << platform);
      std::uint64_t calls = 0;
      const workloads::Result result = replay(file, platform, calls);
      CHECK(result.calls == calls);  // conserved: each recorded call was issued once
      CHECK(result.simulated > sim::Time{});
      CHECK(static_cast<double>(result.agree) >= 0.99 * static_cast<double>(result.compared));
      CHECK(static_cast<double>(result.modelled) >= 0.99 * static_cast<double>(result.calls));
    }
  }
}

TEST_CASE("two replays of one trace are the same to the last charge", "[replay][determinism]") {
  const auto file = traces_kept().front();
  std::uint64_t calls = 0;
  const workloads::Result first = replay(file, "native", calls);
  const workloads::Result second = replay(file, "native", calls);
  CHECK(first.digest == second.digest);
  CHECK(first.simulated == second.simulated);
}
