// Containers that come and go at the same time.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "kernel-model/net/net_core.h"
#include "kernel-model/process/process_table.h"
#include "models/platform.h"
#include "tests/models/cycles.h"
#include "tests/models/frames.h"

using namespace isosim;

namespace {

bool mounts_left(models::Stack& stack, std::uint64_t count) {
  const auto files = stack.host().vfs->initial_context();
  bool left = false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string id = "isosim-" + std::to_string(i);
    left |= stack.host().vfs->find(*files, "/run/docker/runtime-runc/moby/" + id).dentry != nullptr;
    left |= stack.host().vfs->find(*files, "/sys/fs/cgroup/memory/docker/" + id).dentry != nullptr;
  }
  return left;
}

}  // namespace

TEST_CASE("every container of a fleet goes through its whole life, and nothing of it is left",
          "[container]") {
  for (const unsigned clients : {1u, 3u, 10u}) {
    CAPTURE(clients);
    const test::Cycles cycles("runc", clients, 12,
                              [](models::Stack& stack) { CHECK_FALSE(mounts_left(stack, 12)); });
    CHECK(cycles.spans.size() == 12);
    CHECK(cycles.processes_left == 0);
  }
}

TEST_CASE("containers at the same time take less in all and more each", "[container]") {
  const test::Cycles one("runc", 1, 12), four("runc", 4, 12);
  CHECK(four.total < one.total);
  CHECK(four.longest() >= one.spans.front());
  CHECK(one.total >= one.longest() * 6);
}

TEST_CASE("a fleet does the same on every run", "[container]") {
  const test::Cycles a("runc", 5, 10), b("runc", 5, 10);
  CHECK(a.digest == b.digest);
  CHECK(a.spans == b.spans);
}

TEST_CASE("the daemons' steps around a container come in Docker's order, on either runtime", "[container]") {
  for (const std::string runtime : {"runc", "runsc"}) {
    CAPTURE(runtime);
    sim::Settings settings;
    const char* platform = runtime == "runc" ? "runc" : "gvisor-kvm";
    const auto stack = models::build_stack(
        {.platform = platform, .machine = "e5-2630v3", .set = {}, .patches = {}}, settings);
    test::Frames steps;
    stack->engine().set_observer(&steps);
    stack->life_cycles(1, 1, [](sim::Time) {});
    std::vector<std::string> order{"docker create",  "docker start",      "containerd create",
                                   "mount image",    runtime + " create", "libnetwork-setkey",
                                   "docker network", "set-ipv6"};
    if (runtime == "runsc") order.insert(order.begin() + 5, "runsc start");
    if (runtime == "runc") order.push_back("runc start");
    for (const char* step : {"docker clean up", "", "unmount image", "docker remove"})
      order.push_back(*step ? step : runtime + " delete");
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
      CAPTURE(order[i], order[i + 1]);
      CHECK(steps.position(order[i]) < steps.position(order[i + 1]));
    }
    CHECK(static_cast<std::size_t>(steps.position(order.back())) < steps.names.size());
    CHECK(steps.count("fdatasync") == 2 * (16 + 4));  // transactions of libnetwork, of containerd
    CHECK(steps.count("fsync") == 9);
    CHECK(steps.count("libnetwork-setkey") == 1);
    // dockerd, containerd, docker, shim, hook, set-ipv6; runc create, init and its copy, the program, start,
    // delete.
    if (runtime == "runc") CHECK(steps.count("execve") == 12);
    CHECK(stack->host().procs->net->quiet());
  }
}
