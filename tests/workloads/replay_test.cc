#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string_view>
#include <utility>

#include "models/platform.h"
#include "workloads/replay/replayer.h"

using namespace isosim;

namespace {

workloads::Result replay(const std::filesystem::path& file, const std::string& platform,
                         std::uint64_t& charged, std::vector<std::string> set = {}) {
  const traces::Trace trace = traces::Trace::open(file);
  const workloads::TraceAnalysis analysis(trace);
  sim::Settings settings;
  models::StackRequest request;
  request.platform = platform;
  request.machine = "e5-2630v3";
  request.set = std::move(set);
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
    for (const std::string& platform : models::platform_names()) {
      INFO(file.filename() << " on " << platform);
      std::uint64_t calls = 0;
#ifdef __SANITIZE_ADDRESS__
      // The long traces make the Sentry do nothing that the short ones do not, and take minutes here.
      if (platform.starts_with("gvisor") && std::filesystem::file_size(file) > 40'000) continue;
#endif
      const workloads::Result result = replay(file, platform, calls);
      // Conserved: each recorded call was issued once, or the result says how many were not.
      // A call that the platform does not know is issued again as the older one of its kind.
      CHECK((result.calls == calls || (result.calls < calls && !result.notes.empty()) ||
             (result.calls > calls && !result.known_differences.empty())));
      CHECK(static_cast<double>(result.calls) > 0.9 * static_cast<double>(calls));
      CHECK(result.simulated > sim::Time{});
      const double agreement = static_cast<double>(result.agree) / static_cast<double>(result.compared);
      CHECK(agreement >= 0.99);
      CHECK(static_cast<double>(result.modelled) >= 0.99 * static_cast<double>(result.calls));
    }
  }
}

TEST_CASE("with an overlay of the Sentry's over its files a program sees what it would without", "[replay]") {
  const std::filesystem::path folder = ISOSIM_SOURCE_DIR "/tests/data/traces";
  for (const char* name : {"dd_write_1M.strace.zst", "gcc_O2.ff.tar.zst", "opt_C.strace.zst"}) {
    INFO(name);
    std::uint64_t calls = 0;
    const workloads::Result result = replay(folder / name, "gvisor-kvm", calls, {"sandbox.overlay=true"});
    CHECK(static_cast<double>(result.agree) >= 0.99 * static_cast<double>(result.compared));
    CHECK(static_cast<double>(result.modelled) >= 0.99 * static_cast<double>(result.calls));
  }
}

TEST_CASE("two replays of one trace are the same to the last charge", "[replay][determinism]") {
  const auto file = traces_kept().front();
  for (const std::string& platform : models::platform_names()) {
    INFO(platform);
    std::uint64_t calls = 0;
    const workloads::Result first = replay(file, platform, calls);
    const workloads::Result second = replay(file, platform, calls);
    CHECK(first.digest == second.digest);
    CHECK(first.simulated == second.simulated);
  }
}
