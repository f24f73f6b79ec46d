// The whole stack: application, Sentry, Gofer, host.
#include <catch2/catch.hpp>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/process/seccomp.h"
#include "kernel-model/signal/signal.h"
#include "models/container/runtime_calls.h"
#include "models/platform.h"

using namespace isosim;
namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kCreateReadWrite = 0102;

// A program on a platform, and its calls.
class Gvisor {
 public:
  explicit Gvisor(const std::string& platform = "gvisor-kvm", std::vector<std::string> set = {}) {
    models::StackRequest request;
    request.platform = platform;
    request.machine = "e5-2630v3";
    request.set = std::move(set);
    stack = models::build_stack(request, settings_);
    stack->populate({.path = "/srv/f", .size = 1 << 20});
    stack->populate({.path = "/mnt/tmpfs/f", .size = 1 << 20});
  }

  void run(std::function<void()> program) {
    stack->start(stack->program(), "test", [this, &program](kernel::Thread& t) {
      thread_ = &t;
      buffer = static_cast<kernel::Address>(call(nr::mmap, {0, 1 << 20, 3, 0x22, UINT64_MAX, 0}));
      stack->target().touch(t, buffer, 1 << 20, true);
      program();
      ended = true;
    });
    stack->run();
  }

  std::int64_t call(kernel::SysNr nr, std::initializer_list<std::uint64_t> args, std::string_view path = {}) {
    kernel::Sys sys;
    sys.nr = nr;
    std::copy(args.begin(), args.end(), sys.arg.begin());
    if (!path.empty()) sys.at[0] = path;
    return stack->target().syscall(*thread_, sys);
  }
  std::int64_t install(const kernel::SeccompProgram& program) {
    kernel::Sys sys;
    sys.nr = nr::seccomp;
    sys.arg = {1, 0, buffer};  // SECCOMP_SET_MODE_FILTER
    sys.at[2] = program;
    return stack->target().syscall(*thread_, sys);
  }
  std::uint64_t open(std::string_view path) {
    const std::int64_t fd = call(nr::open, {0, kCreateReadWrite, 0644}, path);
    REQUIRE(fd >= 0);
    return static_cast<std::uint64_t>(fd);
  }

  // User-space exits of `times` repetitions.
  std::uint64_t exits(int times, const std::function<void()>& what) {
    const std::uint64_t before = stack->exits().user;
    for (int i = 0; i < times; ++i) what();
    return stack->exits().user - before;
  }

  void wait(sim::Time span) { stack->target().compute(*thread_, span); }

  kernel::Process& host_process(const std::string& comm) {
    for (const auto& [pid, process] : stack->host().processes)
      if (process->comm == comm) return *process;
    throw std::logic_error("no process " + comm);
  }

  // On a thread of the host, of a process that it already has.
  void on_host(kernel::Process& process, std::function<void(kernel::Thread&)> what) {
    kernel::Thread& thread = stack->host().create_thread(process, "intruder", std::move(what));
    stack->host().sched->start(thread, nullptr);
  }

  std::unique_ptr<models::Stack> stack;
  kernel::Address buffer = 0;
  bool ended = false;

 private:
  sim::Settings settings_;
  kernel::Thread* thread_ = nullptr;
};

}  // namespace

// docs/gvisor/sentry.md 6, docs/gvisor/gofer.md 7.12.
TEST_CASE("exits to user space are one for each call that needs the host", "[gvisor]") {
  Gvisor g;
  g.run([&] {
    const auto pair = [&](const char* path) { g.call(nr::close, {g.open(path)}); };
    CHECK(g.exits(100, [&] { g.call(nr::getuid, {}); }) == 0);
    CHECK(g.exits(100, [&] { CHECK(g.call(nr::getrandom, {g.buffer, 16, 0}) == 16); }) == 100);
    for (const char* path : {"/srv/f", "/mnt/tmpfs/f"}) {
      INFO(path);
      pair(path);
      // However many messages it takes. A collection of garbage may read the time.
      const std::uint64_t opens = g.exits(100, [&] { pair(path); });
      CHECK(opens >= 200);
      CHECK(opens <= 202);
    }
    const std::uint64_t fd = g.open("/srv/f");
    const auto read = [&] {
      g.call(nr::lseek, {fd, 0, 0});
      CHECK(g.call(nr::read, {fd, g.buffer, 4096}) == 4096);
    };
    CHECK(g.exits(100, read) == 100);
    g.call(nr::lseek, {fd, 0, 2});
    CHECK(g.exits(100, [&] { CHECK(g.call(nr::read, {fd, g.buffer, 4096}) == 0); }) == 0);
    const auto stat = [&] { g.call(nr::stat, {0, g.buffer}, "/srv/f"); };
    stat();
    CHECK(g.exits(100, stat) <= 1);  // a collection
  });
  CHECK(g.ended);
}

TEST_CASE("until its clock is calibrated the Sentry asks the host for the time", "[gvisor]") {
  Gvisor g;
  g.run([&] {
    const std::uint64_t fd = g.open("/mnt/sentry-tmpfs/f");
    const auto write = [&] { CHECK(g.call(nr::pwrite64, {fd, g.buffer, 4096, 0}) == 4096); };
    write();
    CHECK(g.exits(100, write) == 100);
    g.wait(sim::milliseconds(1100));
    write();
    CHECK(g.exits(100, write) == 0);
  });
  CHECK(g.ended);
}

TEST_CASE("a knob of the sandbox changes what is sent", "[gvisor]") {
  const auto nanoseconds = [](std::vector<std::string> set) {
    Gvisor g("gvisor-kvm", std::move(set));
    sim::Time span;
    g.run([&] {
      for (int i = 0; i < 3; ++i) g.call(nr::close, {g.open("/srv/f")});
      const sim::Time begin = g.stack->engine().now();
      for (int i = 0; i < 20; ++i) g.call(nr::close, {g.open("/srv/f")});
      span = g.stack->engine().now() - begin;
    });
    REQUIRE(g.ended);
    return span;
  };
  const sim::Time first = nanoseconds({});
  CHECK(nanoseconds({"sandbox.release=20190529.1"}) < first);  // handles are shared: one message
  CHECK(nanoseconds({"sentry.seccomp_padding=1000"}) > first);
  CHECK(nanoseconds({"cpu.kpti=false"}) < first);
}

TEST_CASE("the Sentry enforces the filters that its programs install", "[gvisor]") {
  Gvisor g;
  g.run([&] {
    CHECK(g.call(nr::getuid, {}) == 0);
    CHECK(g.call(nr::prctl, {38, 1, 0, 0, 0}) == 0);  // PR_SET_NO_NEW_PRIVS
    // Loads the number; getuid gets EPERM, everything else passes.
    const kernel::SeccompProgram program{{{0x20, 0, 0, 0},
                                          {0x15, 0, 1, nr::getuid},
                                          {0x06, 0, 0, kernel::seccomp_ret::error | kernel::EPERM_},
                                          {0x06, 0, 0, kernel::seccomp_ret::allow}}};
    CHECK(g.install(program) == 0);
    CHECK(g.call(nr::getuid, {}) == -kernel::EPERM_);
    CHECK(g.call(nr::getpid, {}) > 0);
  });
  CHECK(g.ended);
}

TEST_CASE("a Gofer that dies gives the application EIO", "[gvisor]") {
  for (const char* platform : {"gvisor-kvm", "gvisor-ptrace"}) {
    INFO(platform);
    Gvisor g(platform);
    g.run([&] {
      const std::uint64_t open = g.open("/srv/f");
      kernel::Process& gofer = g.host_process("runsc-gofer");
      kernel::Process& killer = g.stack->host().create_process("killer");
      g.on_host(killer, [&](kernel::Thread& t) {
        kernel::Sys sys;
        sys.nr = nr::kill;
        sys.arg = {static_cast<std::uint64_t>(gofer.pid), 9};
        CHECK(g.stack->host().syscall(t, sys) == 0);
      });
      g.wait(sim::milliseconds(10));
      CHECK(g.call(nr::open, {0, kCreateReadWrite, 0644}, "/srv/new") == -kernel::EIO_);
      CHECK(g.call(nr::stat, {0, g.buffer}, "/srv/f") == 0);    // cached
      CHECK(g.call(nr::read, {open, g.buffer, 4096}) == 4096);  // by the descriptor that it donated
    });
    CHECK(g.ended);
  }
}

TEST_CASE("a host call outside the Sentry's filter is answered with SIGSYS", "[gvisor]") {
  for (const char* platform : {"gvisor-kvm", "gvisor-ptrace"}) {
    INFO(platform);
    Gvisor g(platform);
    g.stack->program();
    kernel::Process& sandbox = g.host_process("runsc-sandbox");
    bool returned = false;
    g.on_host(sandbox, [&](kernel::Thread& t) {
      kernel::Sys sys;
      sys.nr = nr::openat;
      sys.arg = {static_cast<std::uint64_t>(-100), 0, 0};
      sys.at[1] = std::string_view("/etc/passwd");
      g.stack->host().syscall(t, sys);
      returned = t.state != kernel::RunState::dead;
    });
    g.stack->run();
    CHECK_FALSE(returned);
    CHECK(sandbox.zombie);
    CHECK((sandbox.exit_status & 0x7F) == 31);  // SIGSYS
  }
}
