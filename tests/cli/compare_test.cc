// Results side by side: tables by part and layer, storages, isosim compare.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace {

using Json = nlohmann::ordered_json;

bool has(const CommandResult& run, const std::string& text) {
  return run.output.find(text) != std::string::npos;
}

double seconds_of(const Json& result, const std::string& layer) {
  for (const Json& row : result["layers"])
    if (row["layer"] == layer) return row["seconds"];
  return 0;
}

}  // namespace

TEST_CASE("a replay's libraries can lie on another storage, and results compare", "[cli][compare]") {
  const ScratchFolder folder("storage");
  const std::string json = folder / "all.json",
                    replay = "replay " + trace_file("py_bare.strace.zst") + " --json " + json + " ";
  const auto run = run_isosim(replay + "--platform native,gvisor-kvm,gvisor-kvm:sentry-tmpfs");
  INFO(run.output);
  REQUIRE(run.status == 0);
  const Json results = Json::parse(read_text(json))["results"];
  REQUIRE(results.size() == 3);
  // Fewer files through the Gofer, more on the Sentry's own file system, and the program is told the same.
  CHECK(seconds_of(results[2], "gofer") < seconds_of(results[1], "gofer") / 2);
  CHECK(seconds_of(results[2], "sentry tmpfs") > 2 * seconds_of(results[1], "sentry tmpfs"));
  CHECK(results[2]["returns"]["agree"] == results[1]["returns"]["agree"]);
  CHECK(has(run, "on sentry-tmpfs: the files whose paths begin with /usr/lib"));
  for (const char* part : {"program", "kernel of the host", "Sentry", "Gofer", "vs native"})
    CHECK(has(run, part));

  const auto both = run_isosim("compare " + json + ":gvisor-kvm " + json + ":gvisor-kvm:sentry-tmpfs");
  INFO(both.output);
  CHECK(both.status == 0);
  CHECK(has(both, "vs gvisor-kvm"));
  CHECK_FALSE(has(both, "native"));
  const auto all = run_isosim("compare " + json);
  CHECK(all.status == 0);
  CHECK(has(all, "vs native"));
  const auto alone = run_isosim("compare " + json + ":native");
  CHECK(alone.status == 1);
  CHECK(has(alone, "want two"));
  CHECK(has(run_isosim("compare " + json + ":runc " + json), "it has native gvisor-kvm"));
}

TEST_CASE("a storage that a platform lacks is told, one that none has is refused", "[cli][compare]") {
  const std::string replay = "replay " + trace_file("hello_dyn.strace.zst") + " ";
  const auto some = run_isosim(replay + "--platform native,gvisor-kvm --storage sentry-tmpfs");
  INFO(some.output);
  CHECK(some.status == 0);
  CHECK(has(some, "no storage 'sentry-tmpfs'"));
  for (const char* options : {"--platform native,runc --storage nowhere",
                              "--platform native --storage sentry-tmpfs", "--platform runc,native:nowhere"}) {
    const auto refused = run_isosim(replay + options);
    INFO(refused.output);
    CHECK(refused.status == 1);
    CHECK(has(refused, "it has image"));
  }
  CHECK(has(run_isosim("run getuid --platform native:tmpfs"), "--arg storage"));
}

TEST_CASE("a sandbox's parts can be set from the command line", "[cli]") {
  const std::string open = "run open-close --arg count=20 --arg storage=volume --platform gvisor-kvm ";
  for (const char* set : {"sandbox.release=20200127.0", "sandbox.release=20190806.1",
                          "sandbox.platform=ptrace", "sandbox.sentry_cpus=[0]", "sandbox.gofer_cpus=[1,2]",
                          "sandbox.message_size=65536", "sandbox.image_layers=1", "sandbox.overlay=true",
                          "sentry.seccomp_padding=100", "sentry.mm.chunk=2MiB"}) {
    const auto run = run_isosim(open + "--set '" + set + "'");
    INFO(set << "\n" << run.output);
    CHECK(run.status == 0);
  }
  const auto refused = run_isosim(open + "--set sandbox.release=20200101.0");
  INFO(refused.output);
  CHECK(refused.status == 1);
  CHECK(has(refused, "20200127.0"));
}
