// Which thread of the Sentry has which virtual CPU: pkg/sentry/platform/kvm/machine.go and address_space.go.
#include <algorithm>

#include "kernel-model/fs/fd_table.h"
#include "kernel-model/signal/signal.h"
#include "kvm-model/kvm.h"
#include "kvm-model/vcpu.h"
#include "tests/models/sandboxed_program.h"

namespace isosim::test {

namespace {

constexpr std::uint64_t kThread = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;

struct Threads : SandboxedProgram {
  using SandboxedProgram::SandboxedProgram;

  void start(std::function<void(kernel::Thread&)> body) {
    ++alive;
    kernel::Sys sys;
    sys.nr = nr::clone;
    sys.arg[0] = kThread;
    sys.at[0] = kernel::ChildEntry{[this, body = std::move(body)](kernel::Thread& t) {
                                     body(t);
                                     --alive;
                                   },
                                   0};
    REQUIRE(call(sys) > 0);
  }
  void join() {
    for (int i = 0; alive > 0 && i < 1000; ++i) rest();
    REQUIRE(alive == 0);
  }
  std::int64_t getuid(kernel::Thread& t) {
    kernel::Sys sys;
    sys.nr = nr::getuid;
    return stack->target().syscall(t, sys);
  }

  std::vector<kvm::Vcpu*> vcpus() {
    std::vector<kvm::Vcpu*> all;
    for (const auto& [pid, process] : stack->host().processes) {
      if (process->comm != "runsc-sandbox" || process->threads.empty()) continue;
      for (std::int32_t fd = 0; fd < process->files->size(); ++fd)
        if (kvm::Vcpu* vcpu = kvm::Kvm::vcpu_of(*process->threads.front(), fd)) all.push_back(vcpu);
    }
    return all;
  }
  std::uint64_t interrupted() {
    std::uint64_t sum = 0;
    for (const kvm::Vcpu* vcpu : vcpus()) sum += vcpu->counts.interrupted;
    return sum;
  }
  int alive = 0;
};

}  // namespace

TEST_CASE("more threads than virtual CPUs share them", "[gvisor]") {
  const int most = GENERATE(1, 2, 5, 255);
  const std::string release = GENERATE("20190304.1", "20200127.0");
  Threads s("gvisor-kvm", release, {"kvm.max_vcpus=" + std::to_string(most)});
  constexpr int kThreads = 9, kRounds = 30;
  std::uint64_t calls = 0;
  std::size_t made = 0;
  s.run([&](kernel::Thread&) {
    const auto begun = s.count([&] {
      for (int i = 0; i < kThreads; ++i)
        s.start([&s, &calls, i](kernel::Thread& t) {
          for (int round = 0; round < kRounds; ++round) {
            s.stack->target().compute(t, sim::microseconds(20 + 7 * i));
            s.getuid(t);
            ++calls;
            if (round % 5 != i % 5) continue;
            kernel::Sys sleep;
            sleep.nr = nr::nanosleep;
            sleep.at[0] = kernel::Timespec{sim::microseconds(100)};
            s.stack->target().syscall(t, sleep);
          }
        });
      s.join();
    });
    made = s.vcpus().size();
    CHECK(begun.at("getuid") == kThreads * kRounds);
    CHECK(begun.count("tgkill") == 0);  // a virtual CPU is waited for; nobody is driven off one
  });
  CHECK(calls == kThreads * kRounds);
  CHECK(made <= static_cast<std::size_t>(most));
  if (most < 9) {
    CHECK(made == static_cast<std::size_t>(most));
  } else {
    CHECK(made >= 9);
  }
}

TEST_CASE("a thread without a virtual CPU takes one that is ready", "[gvisor]") {
  Threads s;
  s.run([&](kernel::Thread&) {
    for (int i = 0; i < 20; ++i) s.rest(sim::milliseconds(1));
    // One task: however many threads it ran on, one virtual CPU was ever in use at a time, and another at
    // most while its old thread was yet to leave the guest.
    const std::size_t before = s.vcpus().size();
    CHECK(before <= 2);
    const auto begun = s.count([&] {
      for (int i = 0; i < 50; ++i) s.rest(sim::milliseconds(1));
    });
    CHECK(s.vcpus().size() <= 2);
    // loadSegments, at each change of hands
    if (begun.count("arch_prctl") != 0) CHECK(begun.at("arch_prctl") % 2 == 0);
  });
}

TEST_CASE("memory that goes away drives those out who run in it", "[gvisor]") {
  const std::string release = GENERATE("20190304.1", "20200127.0");
  Threads s("gvisor-kvm", release);
  s.run([&](kernel::Thread& t) {
    constexpr std::uint64_t kBytes = 16384;
    bool stop = false;
    s.start([&](kernel::Thread& other) {
      while (!stop) s.stack->target().compute(other, sim::microseconds(500));
    });
    s.rest(sim::milliseconds(1));
    const kernel::Address memory = s.map(kBytes);
    CHECK(s.stack->target().touch(t, memory, kBytes, true) == 0);
    const std::uint64_t before = s.interrupted();
    // The signal, and who sent it sleeps until the other is out; that one tells it, in 2019 twice: out of
    // the guest, which it leaves to tell.
    auto begun = s.count([&] { CHECK(s.call(nr::munmap, {memory, kBytes}) == 0); });
    CHECK(begun["tgkill"] == 1);
    CHECK(begun["rt_sigtimedwait"] == 1);
    CHECK(begun["futex"] >= (release == "20190304.1" ? 3 : 2));
    CHECK(s.interrupted() == before + 1);

    // Nothing there, nobody is asked; nor once it does not run any more.
    const kernel::Address empty = s.map(1 << 22);
    begun = s.count([&] { CHECK(s.call(nr::munmap, {empty, 1 << 22}) == 0); });
    CHECK(begun["tgkill"] == 0);
    stop = true;
    s.join();
    const kernel::Address again = s.map(kBytes);
    s.stack->target().touch(t, again, kBytes, true);
    begun = s.count([&] { CHECK(s.call(nr::munmap, {again, kBytes}) == 0); });
    CHECK(begun["tgkill"] == 0);
  });
}

TEST_CASE("a task in its application keeps no P of Go's", "[gvisor]") {
  Threads s;
  s.run([&](kernel::Thread&) {
    const auto cpus = static_cast<std::size_t>(s.stack->host().cpu.logical_cpus());
    for (std::size_t i = 0; i < cpus + 8; ++i)
      s.start([&](kernel::Thread& other) { s.stack->target().compute(other, sim::milliseconds(300)); });
    s.rest(sim::milliseconds(25));
    // More of them than GOMAXPROCS have begun, and the Sentry still serves this one.
    CHECK(s.alive == static_cast<int>(cpus + 8));
    CHECK(s.vcpus().size() > cpus);
    s.join();
  });
}

}  // namespace isosim::test
