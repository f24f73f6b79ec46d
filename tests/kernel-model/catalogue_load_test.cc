#include <catch2/catch.hpp>

#include "kernel-model/catalogue/footprint.h"
#include "kernel-model/catalogue/load.h"
#include "kernel-model/kernel.h"

using namespace isosim;
using Catch::Matchers::Contains;

TEST_CASE("every path of the catalogue has a cost or says why not") {
  sim::Catalogue catalogue;
  kernel::load_catalogue(catalogue, "host");
  REQUIRE(catalogue.size() > 0);
  for (std::uint16_t i = 0; i < catalogue.size(); ++i) {
    const auto& def = catalogue[{i}];
    INFO(def.id);
    CHECK(def.id.starts_with("host."));
    CHECK_FALSE(def.source.empty());
    if (def.source.starts_with("gcov")) CHECK(def.millilines + def.unit_millilines > 0);
  }
}

TEST_CASE("a guest's kernel paths run in guest mode") {
  sim::Catalogue catalogue;
  kernel::load_catalogue(catalogue, "host");
  kernel::load_catalogue(catalogue, "guest");
  CHECK(catalogue[catalogue.find("host.entry.syscall")].mode == sim::Mode::kernel);
  CHECK(catalogue[catalogue.find("guest.entry.syscall")].mode == sim::Mode::guest_kernel);
}

TEST_CASE("a footprint accounts for the lines of its path") {
  sim::Catalogue catalogue;
  kernel::load_catalogue(catalogue, "host");
  double hits = 0;
  for (const auto& entry : kernel::footprint("entry.syscall")) hits += entry.hits;
  CHECK(hits * 1000 == Approx(catalogue[catalogue.find("host.entry.syscall")].millilines).margin(51));
  CHECK(kernel::footprint("no.such.path").empty());
}

TEST_CASE("errors in a catalogue name file, place and remedy") {
  sim::Catalogue catalogue;
  const auto load = [&](std::string_view text) {
    kernel::load_catalogue_text(catalogue, "host", "x.json", text);
  };
  CHECK_THROWS_WITH(load("[{"), Contains("x.json") && Contains("parse error"));
  CHECK_THROWS_WITH(load("{}"), Contains("x.json: expected an array"));
  CHECK_THROWS_WITH(load("[3]"), Contains("x.json: /0: expected an object"));
  CHECK_THROWS_WITH(load(R"([{"id":"a","layer":"l","mode":"kernel","line":3,"why":"w"}])"),
                    Contains("/0/line: unknown key; nearest: 'lines'"));
  CHECK_THROWS_WITH(load(R"([{"id":"a","layer":"l","mode":"ring0","why":"w"}])"),
                    Contains("/mode: 'ring0' is none"));
  CHECK_THROWS_WITH(load(R"([{"id":"a","layer":"l","mode":"kernel","lines":-1,"why":"w"}])"),
                    Contains("(a)/lines: expected a number"));
  CHECK_THROWS_WITH(load(R"([{"id":"a","layer":"l","mode":"kernel","lines":1}])"),
                    Contains("/why: expected a string"));
  CHECK_THROWS_WITH(load(R"([{"id":"a","layer":"l","mode":"kernel","unit_lines":1,"why":"w"}])"),
                    Contains("/unit: missing"));
  load(R"([{"id":"a","layer":"l","mode":"kernel","lines":1,"why":"w"}])");
  CHECK_THROWS_WITH(load(R"([{"id":"a","layer":"l","mode":"kernel","lines":1,"why":"w"}])"),
                    Contains("duplicate path host.a"));
}
