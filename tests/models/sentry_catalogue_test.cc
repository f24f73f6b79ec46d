#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "kernel-model/catalogue/load.h"
#include "kernel-model/kernel.h"
#include "models/go/params.h"
#include "models/sentry/catalogue.h"
#include "sim/data_file.h"

namespace isosim::data {
std::span<const sim::DataFile> sentry_files();
}

using namespace isosim;
using models::SentryPlatform;

namespace {

sim::Catalogue sentry(SentryPlatform platform = SentryPlatform::kvm, const sim::Settings& settings = {}) {
  sim::Catalogue catalogue;
  models::load_sentry_catalogue(catalogue, settings, platform);
  return catalogue;
}

std::vector<sim::PathDef> paths(const sim::Catalogue& catalogue) {
  std::vector<sim::PathDef> all;
  for (std::size_t i = 0; i < catalogue.size(); ++i)
    all.push_back(catalogue[{static_cast<std::uint16_t>(i)}]);
  return all;
}

// The paths of one file as it is written.
std::vector<sim::PathDef> written(std::string_view name) {
  sim::Catalogue catalogue;
  for (const auto& file : data::sentry_files())
    if (file.name.ends_with(name)) kernel::load_catalogue_text(catalogue, "sentry", file.name, file.text);
  return paths(catalogue);
}

std::vector<sim::PathDef> linux_paths() {
  sim::Catalogue catalogue;
  kernel::load_catalogue(catalogue, "sentry");
  return paths(catalogue);
}

bool free_of_charge(const sim::PathDef& path) {
  return path.millilines == 0 && path.millicycles == 0 && path.unit_millilines == 0 &&
         path.unit_millicycles == 0;
}

}  // namespace

TEST_CASE("the Sentry has every path of the kernel's catalogue, in the same units", "[sentry]") {
  const sim::Catalogue catalogue = sentry();
  for (const sim::PathDef& linux : linux_paths()) {
    INFO(linux.id);
    REQUIRE(catalogue.contains(linux.id));
    CHECK(catalogue[catalogue.find(linux.id)].unit == linux.unit);
  }
}

TEST_CASE("what only Linux has costs the Sentry nothing", "[sentry]") {
  const sim::Catalogue catalogue = sentry();
  const std::vector<sim::PathDef> only = written("/linux_only.json");
  REQUIRE_FALSE(only.empty());
  for (const sim::PathDef& path : only) {
    INFO(path.id);
    CHECK(free_of_charge(catalogue[catalogue.find(path.id)]));
  }
}

TEST_CASE("what only the Sentry has is not the kernel's, and costs something", "[sentry]") {
  const sim::Catalogue catalogue = sentry();
  std::set<std::string> linux;
  for (const sim::PathDef& path : linux_paths()) linux.insert(path.id);
  for (const auto* file : {"/own.json", "/outside.json"}) {
    const std::vector<sim::PathDef> own = written(file);
    REQUIRE_FALSE(own.empty());
    for (const sim::PathDef& path : own) {
      INFO(path.id);
      CHECK(linux.count(path.id) == 0);
      CHECK_FALSE(free_of_charge(catalogue[catalogue.find(path.id)]));
    }
  }
}

TEST_CASE("no path is counted in two files", "[sentry]") {
  std::set<std::string> seen;
  for (const auto& file : data::sentry_files())
    for (const sim::PathDef& path : written(file.name)) {
      INFO(path.id << " in " << file.name);
      CHECK(seen.insert(path.id).second);
    }
}

TEST_CASE("the Sentry's lines take as long as Go's, cycles and lines of C do not change", "[sentry]") {
  sim::Settings fast, slow;
  fast.set(go::param::cycles_per_line.name, 3, "test");
  slow.set(go::param::cycles_per_line.name, 6, "test");
  const sim::Catalogue normal = sentry(SentryPlatform::kvm, fast),
                       doubled = sentry(SentryPlatform::kvm, slow);
  for (const sim::PathDef& path : paths(normal)) {
    INFO(path.id);
    const sim::PathDef& other = doubled[doubled.find(path.id)];
    const bool c = path.mode == sim::Mode::kernel || path.mode == sim::Mode::guest_user;
    const std::int64_t factor = c ? 1 : 2;
    CHECK(std::abs(other.millilines - factor * path.millilines) <= 1);
    CHECK(std::abs(other.unit_millilines - factor * path.unit_millilines) <= 1);
    CHECK(other.millicycles == path.millicycles);
    CHECK(other.unit_millicycles == path.unit_millicycles);
  }
  CHECK(doubled[doubled.find("sentry.vfs.open")].millilines >
        normal[normal.find("sentry.vfs.open")].millilines);
}

TEST_CASE("the Sentry runs in guest ring 0 on KVM and in user mode on ptrace", "[sentry]") {
  const sim::Catalogue kvm = sentry(), ptrace = sentry(SentryPlatform::ptrace);
  for (const auto* id : {"sentry.task.syscall", "sentry.vfs.open", "sentry.net.poll"}) {
    INFO(id);
    CHECK(kvm[kvm.find(id)].mode == sim::Mode::guest_kernel);
    CHECK(ptrace[ptrace.find(id)].mode == sim::Mode::user);
  }
  CHECK(kvm[kvm.find("sentry.kvm.bluepill_handler")].mode == sim::Mode::user);
  CHECK(kvm[kvm.find("sentry.kvm.gp")].mode == sim::Mode::kernel);
}
