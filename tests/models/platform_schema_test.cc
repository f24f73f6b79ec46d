#include "models/platform_schema.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/platform.h"
#include "sim/params.h"

using namespace isosim;
using Json = nlohmann::ordered_json;

namespace {

Json good() {
  return Json::parse(R"({"platform": "p", "kernel": "linux", "storage": {"image": "/srv"},
    "container": {"runtime": "runc", "namespaces": ["mount", "uts"], "hostname": "h",
                  "mounts": [{"type": "proc", "target": "/proc"}]}})");
}

std::string complaint(const Json& document) {
  try {
    models::check_platform(document, "p.json");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

std::string changed(const char* pointer, const Json& value) {
  Json document = good();
  document[Json::json_pointer(pointer)] = value;
  return complaint(document);
}

}  // namespace

TEST_CASE("the bundled platforms are what their schema says") {
  CHECK(complaint(good()).empty());
  for (const std::string& name : models::platform_names()) {
    INFO(name);
    sim::Settings settings;
    CHECK(
        models::build_stack({.platform = name, .machine = "e5-2630v3", .set = {}, .patches = {}}, settings));
  }
}

TEST_CASE("what is wrong with a platform document is named, with what would be right") {
  CHECK(changed("/storge", 1) == "p.json#/storge: unknown key; nearest: 'storage'");
  CHECK(changed("/container/hostnam", "x") == "p.json#/container/hostnam: unknown key; nearest: 'hostname'");
  CHECK(changed("/container/image_layers", "five") ==
        "p.json#/container/image_layers: should be of type integer, is \"five\"");
  CHECK(changed("/container/image_layers", 129) ==
        "p.json#/container/image_layers: should be from 1 to 128, is 129");
  CHECK(changed("/container/mounts/0/type", "prc") ==
        "p.json#/container/mounts/0/type: unknown 'prc'; nearest: 'proc'");
  CHECK(changed("/storage/image", "srv") == "p.json#/storage/image: should be an absolute path, is \"srv\"");
  CHECK(changed("/settings", Json::parse(R"({"kernel.bpf_jit": []})")) ==
        "p.json#/settings/kernel.bpf_jit: should be of type number or boolean or string, is an array");
  CHECK(changed("/kernel", "linus") == "p.json#/kernel: unknown 'linus'; nearest: 'linux'");
  CHECK(complaint(Json::array()) == "p.json#: should be of type object, is an array");
  CHECK(complaint(Json::object()) == "p.json#/platform: missing");
}

TEST_CASE("parts that do not go together are refused") {
  CHECK(changed("/container/namespaces", {"uts"}).find("needs 'mount'") != std::string::npos);
  CHECK(changed("/container/namespaces", {"mount"}).find("#/container/hostname: needs the namespace 'uts'") !=
        std::string::npos);
  CHECK(changed("/container/seccomp_allow", {"rseq"}).find("/container/seccomp is 'none'") !=
        std::string::npos);
  CHECK(changed("/container/mounts/1", Json::parse(R"({"type": "tmpfs", "target": "/proc"})"))
            .find("mounts/1/target: '/proc' is the target of mount 0 too") != std::string::npos);
}

TEST_CASE("a value in a wrong unit is refused with its place") {
  sim::Settings settings;
  CHECK_THROWS_WITH(
      models::build_stack(
          {.platform = "native", .machine = "e5-2630v3", .set = {"kernel.bpf_jit=3ms"}, .patches = {}},
          settings),
      "--set kernel.bpf_jit=3ms: '3ms' is not a value in bool (true, false)");
}
