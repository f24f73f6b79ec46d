// A sandbox from runsc create to runsc delete, as the calls of its processes show it.
#include "models/sentry/sandbox_life_cycle.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/process/cgroup.h"
#include "kernel-model/process/namespaces.h"
#include "models/platform.h"
#include "tests/models/container_processes.h"
#include "tests/models/cycles.h"
#include "tests/models/frames.h"

using namespace isosim;
namespace nr = kernel::nr;

namespace {

// One sandbox on the host of a stack whose own one is never asked for.
struct LifeFixture {
  LifeFixture()
      : stack(models::build_stack(
            {.platform = "gvisor-kvm", .machine = "e5-2630v3", .set = {}, .patches = {}}, settings)),
        host(stack->host()),
        spec(specification()),
        files((models::prepare_host_of_sandboxes(*host.vfs, *context(), spec), context())),
        image(*host.vfs, files, "box", 2) {
    for (const models::SandboxMount& mount : spec.mounts)
      image.populate({.path = mount.target, .mode = kernel::file_mode::directory | 0755});
    life = std::make_unique<models::SandboxLifeCycle>(host, spec, "box", image, files);
    processes = test::container_processes(host);
    stack->engine().set_observer(&frames);
  }

  static models::SandboxSpec specification() {
    using Kind = models::SandboxMount::Kind;
    models::SandboxSpec out;
    out.image_layers = 2;
    using models::FileAccess;
    out.mounts = {{Kind::gofer, "/", "", FileAccess::exclusive},
                  {Kind::proc, "/proc", "", FileAccess::exclusive},
                  {Kind::gofer, "/data", "/srv/data", FileAccess::shared}};
    return out;
  }
  std::shared_ptr<kernel::FsContext> context() { return stack->host().vfs->initial_context(); }
  bool exists(std::string_view path) { return host.vfs->find(*context(), path).dentry != nullptr; }

  // Runs until the step is done and nothing is pending.
  void step(const std::function<void(models::ContainerLife::Done)>& begin) {
    bool done = false;
    begin([&] { done = true; });
    stack->run();
    REQUIRE(done);
  }
  void create() {
    step([&](auto done) { life->begin_create(done); });
  }
  void start() {
    step([&](auto done) {
      life->begin_start(
          "program", [this](kernel::Thread& t) { leave(t); }, done);
    });
  }
  void remove() {
    step([&](auto done) { life->begin_delete(done); });
  }
  void leave(kernel::Thread& t) {
    ran = true;
    kernel::Sys exit;
    exit.nr = nr::exit_group;
    life->target().syscall(t, exit);
  }
  void check_gone() {
    CHECK(test::container_processes(host) == processes);
    CHECK_FALSE(exists("/sys/fs/cgroup/memory/docker/box"));
    CHECK_FALSE(exists("/sys/fs/cgroup/cpuset/docker/box"));
    CHECK_FALSE(exists("/run/docker/runtime-runsc/moby/box"));
    const kernel::Path merged = host.vfs->find(*context(), image.merged());
    CHECK(merged.dentry->sb.type != "overlay");
  }

  sim::Settings settings;
  std::unique_ptr<models::Stack> stack;
  kernel::Kernel& host;
  models::SandboxSpec spec;
  std::shared_ptr<kernel::FsContext> files;
  models::Image image;
  std::unique_ptr<models::SandboxLifeCycle> life;
  test::Frames frames;
  std::size_t processes = 0;
  bool ran = false;
};

}  // namespace

TEST_CASE("runsc create starts the Gofer, then the sandbox, and ends when that is up", "[sandbox]") {
  LifeFixture f;
  f.create();
  const test::Frames& made = f.frames;
  CHECK(made.position("mount image") < made.position("runsc create"));
  CHECK(made.position("runsc create") < made.position("mkdir"));  // its state
  CHECK(made.position("mkdir") < made.position("flock"));
  CHECK(made.position("flock") < made.position("socketpair"));
  CHECK(made.count("mkdir") >= 12);      // with the control groups
  CHECK(made.count("socketpair") == 2);  // root, /data
  CHECK(made.position("socketpair") < made.position("runsc gofer"));
  CHECK(made.position("runsc gofer") < made.position("runsc boot"));
  CHECK(made.position("setsid") < made.position("memfd_create"));
  CHECK(made.position("memfd_create") < made.position("listen"));
  CHECK(made.count("execve") == 6);  // the shim, runsc create, and the Gofer and the sandbox twice each
  CHECK(made.count("pivot_root") == 2);
  CHECK(made.count("seccomp") == 1);  // the Gofer's: the sandbox gets its own before the program
  CHECK(test::container_processes(f.host) == f.processes + 3);  // shim, Gofer, sandbox
  CHECK(f.exists("/run/docker/runtime-runsc/moby/box/meta.json"));
}

TEST_CASE("the sandbox is nobody, in name spaces of its own, and both are in the control group",
          "[sandbox]") {
  LifeFixture f;
  f.create();
  int nobodies = 0, grouped = 0;
  for (const auto& [pid, process] : f.host.processes) {
    if (!process->cgroup || process->cgroup->path != "/docker/box") continue;
    ++grouped;
    CHECK(process->namespaces->pid->init == process.get());
    CHECK(process->limits[7].current == 1048576);
    nobodies += process->credentials.euid == 65534;
  }
  CHECK(grouped == 2);
  CHECK(nobodies == 1);
}

TEST_CASE("runsc start sets up network and mounts, the program's end is the sandbox's and the Gofer's",
          "[sandbox]") {
  LifeFixture f;
  f.create();
  f.frames.names.clear();
  f.start();
  CHECK(f.ran);
  CHECK(f.frames.position("setns") < f.frames.position("connect"));
  CHECK(f.frames.position("connect") < f.frames.position("seccomp"));
  CHECK(f.frames.count("setns") == 2);
  CHECK(f.frames.count("seccomp") == 1);
  CHECK(f.frames.count("execve") == 1);
  for (const auto& [pid, process] : f.host.processes)
    if (process->cgroup && process->cgroup->path == "/docker/box") CHECK(process->zombie);
}

TEST_CASE("runsc delete leaves nothing of a sandbox whose program ended, and does not wait", "[sandbox]") {
  LifeFixture f;
  f.create();
  f.start();
  f.frames.names.clear();
  const sim::Time before = f.stack->engine().now();
  f.remove();
  CHECK(f.life->back_offs() == 0);
  CHECK(f.stack->engine().now() - before < sim::milliseconds(100));
  CHECK(f.frames.count("kill") == 5);  // is it there, twice kill and look
  CHECK(f.frames.count("execve") == 1);
  CHECK(f.frames.position("kill") < f.frames.position("rmdir"));
  CHECK(f.frames.position("rmdir") < f.frames.position("unmount image"));
  f.check_gone();
}

TEST_CASE("runsc delete of a sandbox that runs kills it and looks again after 100 ms", "[sandbox]") {
  LifeFixture f;
  f.create();
  const sim::Time before = f.stack->engine().now();
  f.remove();
  CHECK(f.life->back_offs() >= 1);
  CHECK(f.stack->engine().now() - before >= sim::milliseconds(100) * f.life->back_offs());
  f.check_gone();
}

TEST_CASE("every sandbox of a fleet goes through its whole life, and nothing of it is left", "[sandbox]") {
  for (const char* platform : {"gvisor-kvm", "gvisor-ptrace"})
    for (const unsigned clients : {1u, 4u}) {
      CAPTURE(platform, clients);
      const test::Cycles fleet(platform, clients, 6);
      CHECK(fleet.spans.size() == 6);
      CHECK(fleet.processes_left == 0);
    }
}

TEST_CASE("sandboxes at the same time take less in all and more each", "[sandbox]") {
  const test::Cycles one("gvisor-kvm", 1, 6), three("gvisor-kvm", 3, 6);
  CHECK(three.total < one.total);
  CHECK(three.longest() >= *std::min_element(one.spans.begin(), one.spans.end()));
}

TEST_CASE("a fleet of sandboxes does the same on every run", "[sandbox]") {
  const test::Cycles a("gvisor-kvm", 3, 5), b("gvisor-kvm", 3, 5);
  CHECK(a.digest == b.digest);
  CHECK(a.spans == b.spans);
}
