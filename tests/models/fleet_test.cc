// Containers that come and go at the same time.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "kernel-model/process/process_table.h"
#include "models/platform.h"

using namespace isosim;

namespace {

struct Cycles {
  std::vector<sim::Time> spans;
  sim::Time total;
  std::size_t processes_left = 0;
  bool mounts_left = false;
  std::uint64_t digest = 0;

  Cycles(unsigned clients, std::uint64_t count) {
    sim::Settings settings;
    const auto stack =
        models::build_stack({.platform = "runc", .machine = "e5-2630v3", .set = {}, .patches = {}}, settings);
    const std::size_t before = stack->host().processes.size();
    const sim::Time start = stack->engine().now();
    stack->life_cycles(clients, count, [&](sim::Time span) {
      spans.push_back(span);
      total = stack->engine().now() - start;
    });
    processes_left = stack->host().processes.size() - before;
    const auto files = stack->host().vfs->initial_context();
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string id = "isosim-" + std::to_string(i);
      mounts_left |= stack->host().vfs->find(*files, "/run/docker/runtime-runc/moby/" + id).dentry != nullptr;
      mounts_left |= stack->host().vfs->find(*files, "/sys/fs/cgroup/memory/docker/" + id).dentry != nullptr;
    }
    digest = stack->engine().digest();
  }
  [[nodiscard]] sim::Time longest() const { return *std::max_element(spans.begin(), spans.end()); }
};

}  // namespace

TEST_CASE("every container of a fleet goes through its whole life, and nothing of it is left",
          "[container]") {
  for (const unsigned clients : {1u, 3u, 10u}) {
    CAPTURE(clients);
    const Cycles cycles(clients, 12);
    CHECK(cycles.spans.size() == 12);
    CHECK(cycles.processes_left == 0);
    CHECK_FALSE(cycles.mounts_left);
  }
}

TEST_CASE("containers at the same time take less in all and more each", "[container]") {
  const Cycles one(1, 12), four(4, 12);
  CHECK(four.total < one.total);
  CHECK(four.longest() >= one.spans.front());
  CHECK(one.total >= one.longest() * 6);
}

TEST_CASE("a fleet does the same on every run", "[container]") {
  const Cycles a(5, 10), b(5, 10);
  CHECK(a.digest == b.digest);
  CHECK(a.spans == b.spans);
}
