// Scheduling policies, capabilities and other processes' memory: who may change what, and what is kept.
#include "kernel-model/abi/capability.h"
#include "kernel-model/process/process.h"
#include "tests/kernel-model/process_calls.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kNormal = 0, kBatch = 3, kIdle = 5, kDeadline = 6, kResetOnFork = 0x40000000;

std::int64_t parameter(Caller& call, std::int64_t policy, std::int64_t priority) {
  return call(nr::sched_setscheduler,
              {std::int64_t{0}, policy, Payload(FileOffset{static_cast<std::uint64_t>(priority)})});
}

std::int64_t set_attributes(Caller& call, const SchedulingAttributes& a) {
  return call(nr::sched_setattr, {std::int64_t{0}, Payload(a), std::int64_t{0}});
}

}  // namespace

TEST_CASE("a policy goes with its priority, and is asked for before it is kept") {
  FsFixture().run([](Thread& t) {
    Caller call(t);
    CHECK(parameter(call, kBatch, 0) == 0);
    CHECK(call(nr::sched_getscheduler, {std::int64_t{0}}) == kBatch);
    CHECK(parameter(call, kBatch, 1) == -EINVAL_);
    CHECK(parameter(call, 1, 0) == -EINVAL_);  // SCHED_FIFO begins at 1
    CHECK(parameter(call, 1, 100) == -EINVAL_);
    CHECK(parameter(call, 4, 0) == -EINVAL_);
    CHECK(parameter(call, kDeadline, 0) == -EINVAL_);
    CHECK(parameter(call, -1, 0) == -EINVAL_);
    CHECK(call(nr::sched_setparam, {std::int64_t{0}, Payload(FileOffset{0})}) == 0);
    CHECK(call(nr::sched_setparam, {std::int64_t{0}, Payload(FileOffset{1})}) == -EINVAL_);
    CHECK(parameter(call, kBatch | kResetOnFork, 0) == 0);
    CHECK(call(nr::sched_getscheduler, {std::int64_t{0}}) == (kBatch | kResetOnFork));

    CHECK(set_attributes(call, {.size = 48, .policy = kIdle}) == 0);
    CHECK(t.se.weight == 3);
    CHECK(set_attributes(call, {.size = 48, .policy = kNormal, .nice = 30}) == 0);
    CHECK(t.se.nice == 19);
    CHECK(set_attributes(call, {.size = 47}) == -E2BIG_);
    CHECK(set_attributes(call, {.size = 56, .beyond = 1}) == -E2BIG_);  // of Linux 5.3
    CHECK(set_attributes(call, {.size = 56}) == 0);
    CHECK(set_attributes(call, {.size = 48, .flags = 2}) == -EINVAL_);
    SchedulingAttributes tight{.size = 48, .policy = kDeadline, .runtime = 1000, .deadline = 2000};
    CHECK(set_attributes(call, tight) == -EINVAL_);  // less than 1024 ns
    const auto get = [&](std::int64_t size, std::int64_t flags) {
      return call(nr::sched_getattr, {std::int64_t{0}, call.buffer, size, flags});
    };
    CHECK(get(48, 0) == 0);
    CHECK(get(47, 0) == -EINVAL_);
    CHECK(get(4097, 0) == -EINVAL_);
    CHECK(get(48, 1) == -EINVAL_);
  });
}

TEST_CASE("without CAP_SYS_NICE a thread cannot become more urgent") {
  FsFixture().run([](Thread& t) {
    Caller call(t);
    t.process->limits[13] = t.process->limits[14] = {0, 0};  // RLIMIT_NICE, RLIMIT_RTPRIO
    t.process->credentials.capabilities &= ~capability_bit(Cap::sys_nice);
    CHECK(parameter(call, 1, 1) == -EPERM_);
    CHECK(set_attributes(call, {.size = 48, .nice = 5}) == 0);
    CHECK(set_attributes(call, {.size = 48, .nice = 4}) == -EPERM_);
    CHECK(parameter(call, kNormal | kResetOnFork, 0) == 0);
    CHECK(parameter(call, kNormal, 0) == -EPERM_);  // the flag stays
    CHECK(parameter(call, kIdle | kResetOnFork, 0) == 0);
    CHECK(parameter(call, kNormal | kResetOnFork, 0) == -EPERM_);  // from SCHED_IDLE there is no way back
  });
}

TEST_CASE("children of a thread with SCHED_RESET_ON_FORK begin anew") {
  FsFixture().run([](Thread& t) {
    Caller call(t);
    REQUIRE(set_attributes(call, {.size = 48, .flags = 1, .nice = -5}) == 0);
    int nice = -1;
    std::int64_t policy = -1;
    test::fork(t, [&](Thread& c) {
      nice = c.se.nice;
      Caller own(c);
      policy = own(nr::sched_getscheduler, {std::int64_t{0}});
    });
    test::wait(t);
    CHECK(nice == 0);
    CHECK(policy == kNormal);
  });
}

TEST_CASE("a thread of SCHED_IDLE leaves the CPU to all others") {
  FsFixture fixture;
  sim::Time idle_done, normal_done;
  const auto worker = [&](std::int64_t policy, sim::Time& done) {
    Process& process = fixture.process();
    Thread& thread = fixture.k->create_thread(process, "worker", [&fixture, policy, &done](Thread& t) {
      Caller call(t);
      parameter(call, policy, 0);
      fixture.k->compute(t, sim::milliseconds(20));
      done = t.now();
    });
    thread.affinity = 1;
    fixture.k->sched->start(thread, nullptr);
  };
  worker(kIdle, idle_done);
  worker(kNormal, normal_done);
  fixture.engine.run();
  CHECK(normal_done < sim::milliseconds(26));  // it may wait for a tick at first
  CHECK(idle_done > sim::milliseconds(38));
}

TEST_CASE("capabilities are asked for by version and process") {
  FsFixture().run([](Thread& t) {
    Caller call(t);
    const auto header = [](std::uint32_t version, std::int32_t pid) {
      return Payload(CapabilityHeader{version, pid});
    };
    constexpr std::uint32_t kVersion = 0x20080522;
    CHECK(call(nr::capget, {header(kVersion, 0), call.buffer}) == 0);
    CHECK(call(nr::capget, {header(kVersion, -1), call.buffer}) == -EINVAL_);
    CHECK(call(nr::capget, {header(kVersion, 99999), call.buffer}) == -ESRCH_);
    CHECK(call(nr::capget, {header(1, 0), call.buffer}) == -EINVAL_);
    CHECK(call(nr::capget, {header(1, 0), std::int64_t{0}}) == 0);  // asks for the version
    const Payload none{CapabilitySets{}};
    CHECK(call(nr::capset, {header(kVersion, 1), none}) == -EPERM_);
    CHECK(call(nr::capset, {header(kVersion, t.tid), none}) == 0);
    CHECK(t.process->credentials.permitted == 0);
  });
}

TEST_CASE("the memory of another process is copied page by page, by who may trace it") {
  FsFixture().run([](Thread& t) {
    Caller call(t);
    const std::int64_t pid = test::fork(t, [&](Thread& c) {
      Caller own(c);
      own(nr::nanosleep, {Payload(Timespec{sim::milliseconds(50)})});
    });
    const auto base = static_cast<Address>(call.buffer);
    const auto copy = [&](SysNr nr, Address remote, std::uint64_t length, std::int64_t target,
                          std::int64_t flags) {
      const std::vector<IoVec> local{{base, length / 2}, {base + 65536, length - length / 2}},
          other{{remote, length}};
      return call(nr, {target, Payload(std::span<const IoVec>(local)), std::int64_t{2},
                       Payload(std::span<const IoVec>(other)), std::int64_t{1}, flags});
    };
    CHECK(copy(nr::process_vm_readv, base, 20000, pid, 0) == 20000);
    CHECK(copy(nr::process_vm_writev, base + 100, 20000, pid, 0) == 20000);
    CHECK(copy(nr::process_vm_readv, base + Caller::buffer_bytes - 5000, 20000, pid, 0) == 5000);
    CHECK(copy(nr::process_vm_readv, 4096, 100, pid, 0) == -EFAULT_);
    CHECK(copy(nr::process_vm_readv, base, 100, pid, 1) == -EINVAL_);
    CHECK(copy(nr::process_vm_readv, base, 100, -1, 0) == -ESRCH_);
    CHECK(copy(nr::process_vm_readv, base, 100, 99999, 0) == -ESRCH_);
    CHECK(copy(nr::process_vm_readv, base, 0, pid, 0) == 0);
    const sim::Time before = t.now();
    CHECK(copy(nr::process_vm_readv, base, 1 << 20, pid, 0) == 1 << 20);
    CHECK(t.now() - before > sim::microseconds(30));  // 256 pages
    t.process->credentials.capabilities = 0;
    t.process->credentials.uid = 1000;
    CHECK(copy(nr::process_vm_readv, base, 100, pid, 0) == -EPERM_);
  });
}

TEST_CASE("calls that came after Linux 4.4 are unknown numbers") {
  FsFixture().run([](Thread& t) {
    Caller call(t);
    for (const SysNr number : {nr::pkey_alloc, nr::pkey_free, nr::pkey_mprotect, nr::io_uring_setup,
                               nr::io_uring_enter, nr::io_uring_register, nr::io_pgetevents})
      CHECK(call(number, {}) == -ENOSYS_);
    CHECK(t.kernel.unmodelled().rows().empty());
    CHECK(call(nr::vhangup, {}) == 0);
    t.process->credentials.capabilities = 0;
    CHECK(call(nr::vhangup, {}) == -EPERM_);
  });
}

TEST_CASE("prctl keeps what a process wants of memory errors and of the time stamp counter") {
  FsFixture().run([](Thread& t) {
    Caller call(t);
    const auto prctl = [&](std::int64_t option, std::int64_t a, std::int64_t b = 0) {
      return call(nr::prctl, {option, a, b});
    };
    constexpr std::int64_t kMceKill = 33, kMceKillGet = 34, kSetVma = 0x53564d41, kSetTsc = 26, kGetTsc = 25;
    CHECK(prctl(kMceKillGet, 0) == 2);
    CHECK(prctl(kMceKill, 1, 1) == 0);
    CHECK(prctl(kMceKillGet, 0) == 1);
    CHECK(prctl(kMceKill, 1, 3) == -EINVAL_);
    CHECK(prctl(kMceKill, 0, 0) == 0);
    CHECK(prctl(kMceKillGet, 0) == 2);
    CHECK(prctl(kSetVma, 0) == -EINVAL_);
    CHECK(prctl(kSetTsc, 2) == 0);
    CHECK(prctl(kGetTsc, call.buffer) == 0);
    CHECK(call.out.value == 2);
    CHECK(t.kernel.unmodelled().rows().empty());
  });
}
