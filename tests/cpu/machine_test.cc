#include "cpu/machine.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "cpu/params.h"

using namespace isosim;
using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("both testbeds are in the binary", "[machine]") {
  CHECK(cpu::machine_names() == std::vector<std::string>{"e5-2630v3", "e5-2640v4"});
  sim::Settings settings;
  const cpu::MachineSpec spec = cpu::load_machine("e5-2630v3", settings);
  CHECK(spec.sockets * spec.cores_per_socket * spec.threads_per_core == 32);
  CHECK(spec.turbo_khz.size() == 8);
  CHECK(spec.l3_bytes == 20 << 20);
}

TEST_CASE("every processor parameter is set by every machine, with unit and source", "[machine]") {
  for (const std::string& name : cpu::machine_names()) {
    const json document = cpu::machine_document(name);
    for (const auto& [dotted, param] : sim::all_params()) {
      if (!dotted.starts_with("cpu.")) continue;
      std::string pointer = "/" + std::string(dotted);
      std::replace(pointer.begin(), pointer.end(), '.', '/');
      INFO(name << pointer);
      REQUIRE(document.contains(json::json_pointer(pointer)));
      const json& leaf = document[json::json_pointer(pointer)];
      CHECK(leaf.at("unit") == param->unit);
      CHECK(!leaf.at("source").get<std::string>().empty());
      CHECK(param->value >= param->min);
      CHECK(param->value <= param->max);
    }
  }
}

TEST_CASE("a wrong machine file says where and what would be right", "[machine]") {
  sim::Settings settings;
  json document = cpu::machine_document("e5-2630v3");
  const auto read = [&] { cpu::read_machine(document, "m.json", settings); };
  SECTION("unknown parameter") {
    document["cpu"]["syscal_entry"] = 60;
    CHECK_THROWS_WITH(read(), Contains("m.json#/cpu/syscal_entry") && Contains("cpu.syscall_entry"));
  }
  SECTION("wrong unit") {
    document["cpu"]["iret"]["unit"] = "ns";
    CHECK_THROWS_WITH(read(), Contains("m.json#/cpu/iret") && Contains("\"cycles\""));
  }
  SECTION("out of range") {
    document["cpu"]["iret"] = 10;
    CHECK_THROWS_WITH(read(), Contains("m.json#/cpu/iret") && Contains("200"));
  }
  SECTION("not a number") {
    document["cpu"]["iret"]["value"] = "fast";
    CHECK_THROWS_WITH(read(), Contains("m.json#/cpu/iret") && Contains("should be a number"));
  }
  SECTION("missing field") {
    document["cache"].erase("l3");
    CHECK_THROWS_WITH(read(), Contains("m.json#/cache/l3: missing"));
  }
  SECTION("misspelt field") {
    document["cache"]["l4"] = 1;
    CHECK_THROWS_WITH(read(), Contains("m.json#/cache/l4") && Contains("/cache/l"));
  }
  SECTION("turbo bins that do not match the cores") {
    document["frequency"]["turbo"]["value"] = {3200, 3100};
    CHECK_THROWS_WITH(read(), Contains("m.json#/frequency/turbo") && Contains("2 bins for 8 cores"));
  }
  SECTION("rising turbo bins") {
    document["frequency"]["turbo"]["value"][3] = 3300;
    CHECK_THROWS_WITH(read(), Contains("/frequency/turbo/value/3"));
  }
  SECTION("not an object") {
    document = json::array();
    CHECK_THROWS_AS(read(), std::invalid_argument);
  }
  CHECK_THROWS_WITH(cpu::load_machine("e5-2630", settings), Contains("e5-2630v3"));
  CHECK_THROWS_WITH(cpu::load_machine("none/such.json", settings), Contains("none/such.json"));
}

TEST_CASE("a patch may give bare values", "[machine]") {
  sim::Settings settings;
  json document = cpu::machine_document("e5-2640v4");
  document.merge_patch({{"cpu", {{"kpti", false}, {"iret", 250}}}});
  cpu::read_machine(document, "patched", settings);
  CHECK_FALSE(settings.flag(cpu::param::kpti));
  CHECK(settings.get(cpu::param::iret) == 250);
}

TEST_CASE("the schema knows every parameter of the processor", "[machine]") {
  const json schema = cpu::machine_schema();
  CHECK(schema["properties"]["cpu"]["properties"]["copy"]["properties"].contains("dram_read"));
  CHECK(schema["properties"]["topology"]["properties"].contains("sockets"));
}
