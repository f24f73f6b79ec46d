// What --json writes against docs/schema/results.schema.json.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/platform_schema.h"
#include "tests/cli/command.h"

using Json = nlohmann::ordered_json;

namespace {

const Json& schema() {
  static const Json read = Json::parse(read_text(ISOSIM_SOURCE_DIR "/docs/schema/results.schema.json"));
  return read;
}

Json document(const std::string& command) {
  const ScratchFolder folder("schema");
  const auto run = run_isosim(command + " --json " + (folder / "out.json"));
  INFO(run.output);
  REQUIRE(run.status == 0);
  return Json::parse(read_text(folder / "out.json"));
}

std::string complaint(const Json& made) {
  try {
    isosim::models::check_schema(made, schema(), "out.json");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("what replay writes is what the schema says", "[cli]") {
  const ScratchFolder folder("schema-trace");
  // Each list of a result has a row: a difference, a known one, a call without a model, a line not
  // understood.
  std::ofstream(folder / "t.strace") << "1 access(\"/etc/passwd\", R_OK) = 0\n"
                                        "1 lseek(0, 0, SEEK_SET) = 77\n"
                                        "1 kcmp(1, 1, KCMP_FILE, 0, 1) = 2\n"
                                        "1 semget(IPC_PRIVATE, 1, 0600) = 32769\n"
                                        "what is this\n"
                                        "1 exit_group(0) = ?\n";
  Json made = document("replay " + (folder / "t.strace") + " --platform native,gvisor-kvm");
  CHECK(complaint(made) == "");
  bool seen[3] = {};
  for (const Json& result : made["results"]) {
    seen[0] |= !result["mismatches"].empty();
    seen[1] |= !result["unmodelled"].empty();
    seen[2] |= !result["returns"]["known_differences"].empty();
  }
  CHECK((seen[0] && seen[1] && seen[2]));
  CHECK(made["trace"]["problems"].size() == 1);
  CHECK(complaint(document("replay " + trace_file("hello_dyn.strace.zst"))) == "");

  // The schema says something: what is missing, or of another type, or unknown, is refused.
  Json wrong = made;
  wrong["results"][0]["calls"].erase("forced");
  CHECK_THAT(complaint(wrong), Catch::Matchers::Contains("/results/0/calls/forced"));
  wrong = made;
  wrong["results"][0]["digest"] = 5;
  CHECK_THAT(complaint(wrong), Catch::Matchers::Contains("/results/0/digest"));
  wrong = made;
  wrong["results"][0]["speed"] = 5;
  CHECK_THAT(complaint(wrong), Catch::Matchers::Contains("/results/0/speed"));
}

TEST_CASE("what run writes is what the schema says", "[cli]") {
  CHECK(complaint(document("run getuid --platform native,runc --arg count=100")) == "");
  CHECK(complaint(
            document("run read --platform gvisor-ptrace --arg count=100 --set cpu.cycles_per_line=3")) == "");
  CHECK(complaint(document("run python-import --arg module=none")) == "");
}
