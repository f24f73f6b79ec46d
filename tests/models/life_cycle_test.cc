// A container from create to delete, as its runtime's calls show it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/process/process_table.h"
#include "models/container/container.h"
#include "models/platform.h"
#include "tests/models/container_processes.h"
#include "tests/models/frames.h"

using namespace isosim;
namespace nr = kernel::nr;

namespace {

struct LifeCycleFixture {
  LifeCycleFixture()
      : stack(models::build_stack({.platform = "native", .machine = "e5-2630v3", .set = {}, .patches = {}},
                                  settings)),
        container(stack->host(), models::read_container(document(), "test"), [this] { stack->run(); }),
        processes(test::container_processes(stack->host())) {
    container.watch(frames);
  }

  static nlohmann::ordered_json document() {
    return nlohmann::ordered_json::parse(R"({
      "runtime": "runc", "hostname": "box", "namespaces": ["mount", "uts", "ipc", "pid", "network"],
      "capabilities": ["CAP_KILL"], "seccomp": "docker-default", "image_layers": 2, "controllers": ["memory", "pids"],
      "mounts": [{"type": "proc", "target": "/proc"}, {"type": "tmpfs", "target": "/dev"},
                 {"type": "sysfs", "target": "/sys"}]})");
  }
  bool exists(std::string_view path) {
    const auto files = stack->host().vfs->initial_context();
    return stack->host().vfs->find(*files, path).dentry != nullptr;
  }
  // The file system that the host sees at a place.
  std::string type_at(std::string_view path) {
    const auto files = stack->host().vfs->initial_context();
    const kernel::Path found = stack->host().vfs->find(*files, path);
    return found.dentry ? found.dentry->sb.type : "";
  }
  std::string merged() const { return "/var/lib/docker/overlay2/isosim/merged"; }
  void check_gone() {
    CHECK(exists("/sys/fs/cgroup/memory/docker"));
    CHECK_FALSE(exists("/sys/fs/cgroup/memory/docker/isosim"));
    CHECK_FALSE(exists("/sys/fs/cgroup/pids/docker/isosim"));
    CHECK_FALSE(exists("/run/docker/runtime-runc/moby/isosim"));
    CHECK(type_at(merged()) != "overlay");
    CHECK(test::container_processes(stack->host()) == processes);
  }

  sim::Settings settings;
  std::unique_ptr<models::Stack> stack;
  models::Container container;
  test::Frames frames;
  std::size_t processes;  // before there was a container
};

}  // namespace

TEST_CASE("runc create makes control groups, name spaces, mounts and the filter, in that order") {
  LifeCycleFixture f;
  f.container.program();
  const test::Frames& made = f.frames;
  CHECK(made.position("mount image") < made.position("runc create"));
  CHECK(made.position("runc create") < made.position("memfd_create"));
  CHECK(made.position("mkdir") < made.position("unshare"));
  CHECK(made.position("unshare") < made.position("runc init"));
  CHECK(made.position("runc init") < made.position("pivot_root"));
  CHECK(made.position("pivot_root") < made.position("sethostname"));
  CHECK(made.position("sethostname") < made.position("seccomp"));
  CHECK(made.position("seccomp") < made.position("capset"));
  CHECK(made.count("pivot_root") == 1);
  CHECK(made.count("mknod") == 7);  // six devices and the fifo
  // The shim, runc create, runc init and its copy in memory.
  CHECK(made.count("execve") == 4);
  CHECK(made.position("memfd_create") < made.position("sendfile"));
  CHECK(made.position("sendfile") < made.position("unshare"));
  CHECK(made.count("runc start") == 0);
  CHECK(f.exists("/sys/fs/cgroup/memory/docker/isosim/cgroup.procs"));
  CHECK(f.exists("/run/docker/runtime-runc/moby/isosim/exec.fifo"));
  CHECK(f.type_at(f.merged()) == "overlay");
}

TEST_CASE("runc delete leaves nothing of a container whose program ended") {
  LifeCycleFixture f;
  bool ran = false;
  f.container.start("program", [&](kernel::Thread& t) {
    ran = true;
    CHECK(t.process->cgroup->tasks() == 1);
  });
  f.stack->run();
  CHECK(ran);
  CHECK(f.frames.count("runc start") == 1);
  CHECK_FALSE(f.exists("/run/docker/runtime-runc/moby/isosim/exec.fifo"));  // nobody starts it again
  f.container.remove();
  CHECK(f.frames.count("runc kill") == 0);
  CHECK(f.frames.position("runc start") < f.frames.position("runc delete"));
  CHECK(f.frames.position("runc delete") < f.frames.position("unmount image"));
  CHECK(f.frames.count("rmdir") == 3);   // two control groups, the state
  CHECK(f.frames.count("execve") == 6);  // with runc start and runc delete
  f.check_gone();
}

TEST_CASE("runc kill ends a program that still runs, and its children with it") {
  LifeCycleFixture f;
  f.container.start("program", [&](kernel::Thread& t) {
    kernel::Sys s;
    s.nr = nr::clone;
    s.arg[0] = 17;
    s.at[0] = kernel::ChildEntry{[](kernel::Thread& child) {
      kernel::Sys wait;
      wait.nr = nr::pause;
      child.kernel.syscall(child, wait);
    }};
    t.kernel.syscall(t, s);
    s = {};
    s.nr = nr::pause;
    t.kernel.syscall(t, s);
  });
  f.stack->run();
  const std::shared_ptr<kernel::Cgroup> group = f.container.program().cgroup;
  CHECK(group->tasks() == 2);
  f.container.remove();
  CHECK(f.frames.position("runc kill") < f.frames.position("runc delete"));
  CHECK(group->tasks() == 0);
  f.check_gone();
}

TEST_CASE("a container that was created and never started can be removed") {
  LifeCycleFixture f;
  f.container.program();
  f.container.remove();
  CHECK(f.frames.count("runc start") == 0);
  f.check_gone();
}
