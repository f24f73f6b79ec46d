#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/cli/command.h"

using Json = nlohmann::ordered_json;

namespace {

Json without_wall_clock(const std::string& path) {
  Json document = Json::parse(read_text(path));
  for (Json& result : document["results"]) result.erase("wall_seconds");
  return document;
}

}  // namespace

TEST_CASE("replay prints a prediction and writes the documented keys", "[cli]") {
  const ScratchFolder folder("replay");
  const auto run = run_isosim("replay " + trace_file("py_bare.strace.zst") +
                              " --platform native,runc --json " + (folder / "out.json"));
  INFO(run.output);
  REQUIRE(run.status == 0);
  CHECK(run.output.find("where the time goes") != std::string::npos);
  const Json document = Json::parse(read_text(folder / "out.json"));
  CHECK(document["schema"] == "isosim.replay/1");
  REQUIRE(document["results"].size() == 2);
  for (const Json& result : document["results"]) {
    for (const char* key :
         {"platform", "machine", "simulated_seconds", "wall_seconds", "digest", "calls", "returns", "latency",
          "exits", "layers", "by_call", "unmodelled", "settings_not_read"})
      CHECK(result.contains(key));
    std::uint64_t calls = 0;
    for (const Json& row : result["by_call"]) calls += row["count"].get<std::uint64_t>();
    CHECK(calls == result["calls"]["total"]);
  }
}

TEST_CASE("the same bytes for any number of jobs, twice, from any folder, wherever memory lies",
          "[cli][determinism]") {
  const ScratchFolder folder("determinism");
  // The first has the oddest calls; in the second, an address space is freed and its memory used for the
  // next.
  const std::string trace = trace_file(GENERATE("oddities.strace.zst", "hello_dyn.strace.zst"));
  // Freed memory is used again in another order, and is not zero.
  const std::string other_malloc =
      "GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0:glibc.malloc.perturb=165 ";
  struct Run {
    std::string environment, jobs, from;
  };
  int n = 0;
  std::vector<Json> documents;
  for (const Run& how : {Run{"", "1", "."}, {"", "1", "."}, {"", "2", "/"}, {other_malloc, "1", "."}}) {
    const std::string file = folder / ("out" + std::to_string(n++) + ".json");
    const auto run =
        run_isosim("replay " + trace + " --platform native,runc --jobs " + how.jobs + " --json " + file,
                   how.from, how.environment);
    INFO(run.output);
    REQUIRE(run.status == 0);
    documents.push_back(without_wall_clock(file));
  }
  for (const Json& document : documents) CHECK(document == documents[0]);
}

TEST_CASE("waveforms show cores at work and change nothing", "[cli]") {
  const ScratchFolder folder("vcd");
  const std::string replay = "replay " + trace_file("hello_dyn.strace.zst") + " --platform runc --json ";
  REQUIRE(run_isosim(replay + (folder / "plain.json")).status == 0);
  REQUIRE(run_isosim(replay + (folder / "vcd.json") + " --vcd " + (folder / "out.vcd")).status == 0);
  CHECK(without_wall_clock(folder / "plain.json") == without_wall_clock(folder / "vcd.json"));

  const std::string vcd = read_text(folder / "out.vcd");
  REQUIRE(vcd.find("$enddefinitions") != std::string::npos);
  // Some core entered and left kernel mode, and ran a task and went idle again.
  std::map<std::string, std::set<std::string>> values;
  std::istringstream lines(vcd.substr(vcd.find("$enddefinitions")));
  for (std::string value, name; lines >> value;)
    if (value[0] == 'b' && lines >> name) values[name].insert(value);
  const auto some = [&values](const std::string& a, const std::string& b) {
    return std::any_of(values.begin(), values.end(), [&](const auto& signal) {
      return signal.second.contains(a) && signal.second.contains(b);
    });
  };
  CHECK(some("b0", "b1"));
  CHECK(some("b0", "b" + std::string(32, '1')));
}

TEST_CASE("wrong input is refused with what would be right, and leaves no file behind", "[cli]") {
  const ScratchFolder folder("errors");
  const std::string trace = trace_file("hello_dyn.strace.zst");
  const auto fails = [&](const std::string& arguments, const std::string& hint) {
    const auto run = run_isosim(arguments);
    INFO(arguments << "\n" << run.output);
    CHECK(run.status != 0);
    CHECK(run.status < 126);
    CHECK(run.output.find(hint) != std::string::npos);
  };
  fails("replay " + trace + " --platform nativ --json " + (folder / "x.json"), "native");
  CHECK_FALSE(std::filesystem::exists(folder / "x.json"));
  fails("replay " + trace + " --machine e5-2630v4", "e5-2630v3");
  fails("replay " + trace + " --set cpu.kpit=false", "cpu.kpti");
  fails("replay " + trace + " --set cpu.syscall_entry=1000000", "cpu.syscall_entry");
  fails("replay /does/not/exist.strace", "/does/not/exist.strace");
  fails("run getuidd", "getuid");
  fails("run read --arg size=abc", "size");
  fails("run read --arg storage=nowhere", "image");
  fails("replay " + trace + " --json /no/such/folder/x.json", "/no/such/folder");
}

TEST_CASE("--help shows examples", "[cli]") {
  for (const char* command : {"replay", "run", "compare", "explain", "trace convert"}) {
    const auto run = run_isosim(std::string(command) + " --help");
    INFO(command);
    CHECK(run.status == 0);
    CHECK(run.output.find("Example") != std::string::npos);
  }
}
