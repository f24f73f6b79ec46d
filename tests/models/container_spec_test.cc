#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/container/spec.h"

using isosim::models::read_container;
using Json = nlohmann::ordered_json;

namespace {

Json minimal() {
  return Json::parse(
      R"({"runtime": "runc", "namespaces": ["mount", "pid"], "capabilities": ["CAP_CHOWN", "CAP_KILL"],
                         "seccomp": "docker-default", "image_layers": 3,
                         "mounts": [{"type": "tmpfs", "target": "/dev", "options": ["nosuid", "ro"]}]})");
}

}  // namespace

TEST_CASE("a container's description becomes flags") {
  const auto spec = read_container(minimal(), "runc.json");
  CHECK(spec.namespaces == (0x20000u | 0x20000000u));
  CHECK(spec.capabilities == 0x21);
  CHECK(spec.mounts.at(0).flags == 3);
  CHECK(spec.image_layers == 3);
}

TEST_CASE("what is wrong in a container's description is named") {
  const auto message = [](const char* key, const Json& value) {
    Json document = minimal();
    document[key] = value;
    try {
      read_container(document, "runc.json");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message("namespaces", {"moun"}) ==
        "runc.json#/container/namespaces/0: unknown 'moun'; nearest: 'mount'");
  CHECK(message("seccmp", "none") == "runc.json#/container/seccmp: unknown key; nearest: 'seccomp'");
  CHECK(message("image_layers", 0).find("from 1 to 128") != std::string::npos);
  CHECK(message("mounts", Json::parse(R"([{"type": "tmpfs", "target": "dev"}])"))
            .find("/container/mounts/0/target: should be an absolute path") != std::string::npos);
}
