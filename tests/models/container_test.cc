#include <catch2/catch.hpp>
#include <map>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/process/cgroup.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/process/seccomp.h"
#include "models/platform.h"
#include "sim/observer.h"

using namespace isosim;
namespace nr = kernel::nr;

namespace {

// What each layer was charged.
struct ByLayer final : sim::Observer {
  explicit ByLayer(const sim::Catalogue& its_catalogue) : catalogue(its_catalogue) {}
  void on_charge(const sim::Task&, sim::PathId path, sim::Time, sim::Time span, std::uint64_t) override {
    spent[catalogue[path].layer] += span;
  }
  const sim::Catalogue& catalogue;
  std::map<std::string, sim::Time> spent;
};

struct Fixture {
  explicit Fixture(const std::string& platform, std::vector<std::string> set = {})
      : stack(models::build_stack(
            {.platform = platform, .machine = "e5-2630v3", .set = std::move(set), .patches = {}}, settings)) {
  }

  // Runs `body` as the program, to its end.
  void run(const std::function<void(kernel::Thread&)>& body) {
    stack->start(stack->program(), "test", body);
    stack->run();
  }

  std::int64_t call(kernel::Thread& thread, kernel::SysNr number, std::array<std::uint64_t, 6> args = {},
                    std::string_view text = {}, std::size_t at = 0) {
    kernel::Sys sys;
    sys.nr = number;
    sys.arg = args;
    if (!text.empty()) sys.at[at] = text;
    return stack->target().syscall(thread, sys);
  }

  std::int64_t open(kernel::Thread& thread, std::string_view path, std::uint64_t flags = 0) {
    return call(thread, nr::open, {1, flags, 0644}, path);
  }

  sim::Settings settings;
  std::unique_ptr<models::Stack> stack;
};

}  // namespace

TEST_CASE("the program is in the container's name spaces, groups, root and filter") {
  Fixture f("runc");
  f.stack->populate({.path = "/usr/bin/tool", .mode = 0100755, .size = 4096});
  f.stack->populate({.path = "/dev/pts/0", .mode = 0020620, .rdev = 0x8800});
  bool ran = false;
  f.run([&](kernel::Thread& t) {
    ran = true;
    CHECK(f.call(t, nr::getpid) == 1);
    CHECK(f.call(t, nr::getppid) == 0);
    CHECK(t.process->cgroup->path == "/docker/isosim");
    CHECK(t.process->cgroup->tasks() == 1);
    CHECK(t.process->credentials.capabilities == 0xa80425fb);  // CapEff in Docker's containers
    CHECK(t.process->files->open_count() == 0);
    CHECK(f.open(t, "/usr/bin/tool") == 0);
    CHECK(f.open(t, "/dev/null") == 1);
    CHECK(f.open(t, "/dev/pts/0") == 2);
    CHECK(f.open(t, "/mnt/tmpfs/file", 0102) == 3);
    CHECK(f.open(t, "/proc/self/status") == 4);
    CHECK(f.open(t, "/var/lib/docker") == -kernel::ENOENT_);
    CHECK(t.process->fs->root.mount->sb->type == "overlay");
  });
  CHECK(ran);
  // The volume is the host's.
  const auto host = f.stack->host().vfs->initial_context();
  CHECK(f.stack->host().vfs->find(*host, "/dev/shm/isosim/file").dentry);
  CHECK_FALSE(f.stack->host().vfs->find(*host, "/usr/bin/tool").dentry);
}

TEST_CASE("Docker's filter refuses what it does not allow, in the container only") {
  const auto try_calls = [](const std::string& platform, std::vector<std::string> set) {
    Fixture f(platform, std::move(set));
    std::vector<std::int64_t> results;
    f.run([&](kernel::Thread& t) {
      results.push_back(f.call(t, nr::unshare, {kernel::clone_flag::newuts}));
      results.push_back(f.call(t, nr::rseq, {0, 32, 0, 0}));
      results.push_back(f.call(t, nr::keyctl, {}));
    });
    return results;
  };
  const auto runc = try_calls("runc", {}), native = try_calls("native", {});
  CHECK(runc[0] == -kernel::EPERM_);
  CHECK(runc[1] == native[1]);  // seccomp_allow
  CHECK(runc[2] == -kernel::EPERM_);
  CHECK(native[0] == 0);
  CHECK(native[2] != -kernel::EPERM_);
}

TEST_CASE("getuid costs in a container what it costs natively, and the filter") {
  struct Cost {
    sim::Time whole, seccomp;
    std::uint32_t instructions = 0;
  };
  const auto measure = [](const std::string& platform, std::vector<std::string> set = {}) {
    Fixture f(platform, std::move(set));
    Cost cost;
    f.run([&](kernel::Thread& t) {
      f.call(t, nr::getuid);
      ByLayer layers(f.stack->catalogue());
      f.stack->engine().set_observer(&layers);
      const sim::Time start = t.now();
      f.call(t, nr::getuid);
      cost.whole = t.now() - start;
      f.stack->engine().set_observer(nullptr);
      cost.seccomp = layers.spent["seccomp"];
      kernel::Sys sys;
      sys.nr = nr::getuid;
      if (t.process->seccomp) cost.instructions = t.process->seccomp->evaluate(sys).instructions;
    });
    return cost;
  };
  const Cost native = measure("native"), runc = measure("runc"),
             open = measure("runc", {"container.seccomp=none", "container.seccomp_allow=[]"});
  CHECK(native.seccomp.ps == 0);
  CHECK(runc.instructions > 20);
  CHECK(runc.seccomp > sim::nanoseconds(20));
  CHECK(runc.whole - native.whole == runc.seccomp);
  CHECK(open.whole == native.whole);
}

TEST_CASE("setting a container up neither shows in the program's observers nor differs between runs") {
  std::vector<std::uint64_t> digests;
  for (int i = 0; i < 2; ++i) {
    Fixture f("runc");
    ByLayer layers(f.stack->catalogue());
    f.stack->engine().set_observer(&layers);
    f.stack->program();
    CHECK(layers.spent.empty());
    CHECK(f.stack->engine().now() > sim::microseconds(100));  // it did take time
    f.run([&](kernel::Thread& t) { f.call(t, nr::getuid); });
    CHECK(layers.spent.count("seccomp") == 1);
    CHECK(layers.spent.count("vfs") == 0);
    digests.push_back(f.stack->engine().digest());
  }
  CHECK(digests[0] == digests[1]);
}
