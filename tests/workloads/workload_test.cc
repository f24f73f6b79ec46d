// Named workloads and their arguments.
#include "workloads/micro/workload.h"

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "models/platform.h"

using namespace isosim;
using Catch::Matchers::Contains;

namespace {

using Arguments = std::map<std::string, std::string>;

using Progress = std::function<void(std::uint64_t, std::uint64_t)>;

workloads::Result run(const std::string& workload, const Arguments& arguments,
                      const std::string& platform = "native", Progress progress = {}) {
  sim::Settings settings;
  const auto stack =
      models::build_stack({.platform = platform, .machine = "e5-2630v3", .set = {}, .patches = {}}, settings);
  return workloads::run_workload(*stack, workload, arguments, std::move(progress));
}

}  // namespace

TEST_CASE("every workload shows how it is run", "[workloads]") {
  for (const workloads::Workload& workload : workloads::workloads()) {
    CAPTURE(workload.name);
    CHECK(workload.example.starts_with(std::string(workload.name) + " --platform "));
    CHECK((workload.whole != nullptr) != (workload.run != nullptr));
  }
}

TEST_CASE("progress counts operations, however many calls each takes", "[workloads]") {
  std::vector<std::uint64_t> told;
  run("open-close", {{"count", "3000"}}, "native", [&](std::uint64_t done, std::uint64_t total) {
    CHECK(total == 3000);
    told.push_back(done);
  });
  CHECK(told == std::vector<std::uint64_t>{1024, 2048});
}

TEST_CASE("gettimeofday is one call whoever serves it, and one kernel serves all", "[workloads]") {
  const workloads::Result plain = run("gettimeofday", {{"count", "100"}});
  CHECK(plain.latency.count == 100);
  CHECK(plain.notes.empty());
  for (const char* server : {"host", "gofer"}) {
    const workloads::Result result = run("gettimeofday", {{"count", "100"}, {"served-by", server}});
    CHECK(result.latency.total == plain.latency.total);
    REQUIRE(result.notes.size() == 1);
    CHECK_THAT(result.notes[0], Contains(server));
  }
  CHECK_THROWS_WITH(run("gettimeofday", {{"served-by", "kernel"}}), Contains("sentry, host or gofer"));
}

TEST_CASE("python-import replays a recorded import and names those there are", "[workloads]") {
  const workloads::Result result = run("python-import", {{"module", "pip"}});
  CHECK(result.calls > 400);
  CHECK(result.compared > 0);
  CHECK(result.latency.count == 1);
  CHECK(result.latency.total == result.simulated);
  CHECK(run("python-import", {{"module", "none"}}).simulated < result.simulated);
  CHECK(result.arguments.at("module") == "pip");
  CHECK_THROWS_WITH(run("python-import", {{"module", "nump"}}),
                    Contains("flask, jinja2, none, numpy, pip, setuptools"));
  CHECK_THROWS_WITH(run("python-import", {{"traces", "/nowhere"}}), Contains("/nowhere"));
}

TEST_CASE("python-import answers the same from every storage", "[workloads]") {
  for (const char* platform : {"native", "runc"}) {
    const workloads::Result image = run("python-import", {{"module", "jinja2"}}, platform);
    const workloads::Result tmpfs =
        run("python-import", {{"module", "jinja2"}, {"storage", "tmpfs"}}, platform);
    CHECK(tmpfs.calls == image.calls);
    CHECK(tmpfs.compared == image.compared);
    CHECK(tmpfs.agree + 2 >= image.agree);
    CHECK(tmpfs.digest != image.digest);
  }
  CHECK_THROWS_WITH(run("python-import", {{"storage", "tape"}}), Contains("tape") && Contains("tmpfs"));
}

TEST_CASE("container-lifecycle counts containers where there are any", "[workloads]") {
  const workloads::Result result = run("container-lifecycle", {{"count", "4"}, {"threads", "2"}}, "runc");
  CHECK(result.latency.count == 4);
  CHECK(result.latency.p50 <= result.latency.max);
  CHECK(result.simulated < result.latency.total);  // two at the same time
  CHECK_THROWS_WITH(run("container-lifecycle", {}), Contains("no containers"));
  CHECK_THROWS_WITH(run("container-lifecycle", {{"threads", "11"}}, "runc"), Contains("1 to 10"));
}
