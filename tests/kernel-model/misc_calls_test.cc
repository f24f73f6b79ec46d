#include <catch2/catch.hpp>

#include "kernel-model/abi/capability.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
using namespace isosim::kernel;

namespace {

// Calls from one thread of a fresh machine, results in order.
struct Caller {
  test::Machine machine{1, 4};
  Thread* thread = nullptr;

  void run(std::function<void(Caller&)> body) {
    machine.start("caller", [this, body](Thread& t) {
      thread = &t;
      t.process->limits.fill({1024, 4096});
      t.process->limits[13] = {};  // RLIMIT_NICE
      body(*this);
    });
    machine.engine.run();
  }
  std::int64_t operator()(SysNr nr, std::initializer_list<std::uint64_t> args = {}, Payload payload = {},
                          int at = 0) {
    Sys s;
    s.nr = nr;
    std::copy(args.begin(), args.end(), s.arg.begin());
    s.at[static_cast<std::size_t>(at)] = std::move(payload);
    const std::int64_t result = machine.k.syscall(*thread, s);
    out = std::move(s.out);
    return result;
  }
  Credentials& who() { return thread->process->credentials; }
  Out out;
};

constexpr std::uint64_t kSame = ~std::uint64_t{0};

}  // namespace

TEST_CASE("root may become anybody, and cannot come back") {
  Caller().run([](Caller& call) {
    CHECK(call(nr::getuid) == 0);
    CHECK(call(nr::setgroups, {2, 0x1000}, GroupList{{5, 6}}, 1) == 0);
    CHECK(call(nr::getgroups, {0, 0}) == 2);
    CHECK(call(nr::getgroups, {1, 0x1000}) == -EINVAL_);
    CHECK(call(nr::setgid, {100}) == 0);
    CHECK(call(nr::setuid, {1000}) == 0);
    CHECK(call(nr::getuid) == 1000);
    CHECK(call(nr::geteuid) == 1000);
    CHECK(call(nr::getegid) == 100);
    CHECK(call.who().capabilities == 0);
    CHECK(call(nr::setuid, {0}) == -EPERM_);
    CHECK(call(nr::setgid, {0}) == -EPERM_);
    CHECK(call(nr::setgroups, {0, 0}) == -EPERM_);
    CHECK(call(nr::sethostname, {0x1000, 1}, std::string_view("x")) == -EPERM_);
    CHECK(call(nr::iopl, {3}) == -EPERM_);
    CHECK(call(nr::clock_settime, {0, 0x1000}) == -EPERM_);
    CHECK(call(nr::setpriority, {0, 0, static_cast<std::uint64_t>(-5)}) == -EACCES_);
  });
}

TEST_CASE("saved ids let a program go back and forth") {
  Caller().run([](Caller& call) {
    CHECK(call(nr::setresuid, {1000, 1000, 0}) == 0);
    CHECK(call.who().capabilities == 0);
    CHECK(call(nr::setresuid, {kSame, 0, kSame}) == 0);  // to the saved one
    CHECK(call(nr::geteuid) == 0);
    CHECK(call.who().capabilities != 0);
    CHECK(call(nr::setreuid, {kSame, 1000}) == 0);
    CHECK(call(nr::setresuid, {7, kSame, kSame}) == -EPERM_);
    CHECK(call(nr::setfsuid, {0}) == 1000);
    CHECK(call.who().fsuid == 0);
    CHECK(call(nr::setfsuid, {77}) == 0);
    CHECK(call.who().fsuid == 0);
    CHECK(call(nr::setresgid, {3, 4, 5}) == -EPERM_);
  });
}

TEST_CASE("keepcaps and capset decide what is left of root") {
  Caller().run([](Caller& call) {
    CHECK(call(nr::prctl, {8, 1}) == 0);
    CHECK(call(nr::setuid, {1000}) == 0);
    CHECK(call.who().capabilities == 0);
    const auto net = capability_bit(Cap::net_raw);
    CHECK(call(nr::capset, {1, 0x1000}, CapabilitySets{net, net, 0}, 1) == 0);
    CHECK(call.who().capabilities == net);
    CHECK(call(nr::capset, {1, 0x1000}, CapabilitySets{~0ull, ~0ull, 0}, 1) == -EPERM_);
    CHECK(call(nr::prctl, {24, 3}) == -EPERM_);
  });
}

TEST_CASE("prctl answers as Linux does") {
  Caller().run([](Caller& call) {
    CHECK(call(nr::prctl, {15, 0x1000}, std::string_view("a name that is too long"), 1) == 0);
    CHECK(call(nr::prctl, {16, 0x1000}) == 0);
    CHECK(call.out.text == "a name that is ");
    CHECK(call(nr::prctl, {23, 40}) == 1);
    CHECK(call(nr::prctl, {23, 48}) == -EINVAL_);
    CHECK(call(nr::prctl, {24, 5}) == 0);
    CHECK(call(nr::prctl, {23, 5}) == 0);
    CHECK(call(nr::prctl, {3}) == 1);
    CHECK(call(nr::prctl, {4, 2}) == -EINVAL_);
    CHECK(call(nr::prctl, {39, 0, 0, 0, 0}) == 0);
    CHECK(call(nr::prctl, {38, 1, 0, 0, 0}) == 0);
    CHECK(call(nr::prctl, {39, 0, 0, 0, 0}) == 1);
    CHECK(call(nr::prctl, {9999}) == -EINVAL_);
  });
}

TEST_CASE("limits are kept, and raised only with a right to") {
  Caller().run([](Caller& call) {
    CHECK(call(nr::prlimit64, {0, 3, 0, 0x1000}) == 0);
    CHECK(call.out.value == 1024);
    CHECK(call(nr::prlimit64, {0, 7, 0x1000, 0}, RLimit{64, 128}, 2) == 0);
    CHECK(call.thread->process->files->limit == 64);
    CHECK(call(nr::prlimit64, {0, 16, 0, 0}) == -EINVAL_);
    CHECK(call(nr::prlimit64, {4711, 7, 0, 0}) == -ESRCH_);
    CHECK(call(nr::setrlimit, {7, 0x1000}, RLimit{9, 8}, 1) == -EINVAL_);
    call.who().capabilities = 0;
    CHECK(call(nr::setrlimit, {7, 0x1000}, RLimit{64, 129}, 1) == -EPERM_);
    CHECK(call(nr::getrlimit, {7, 0x1000}) == 0);
    CHECK(call.out.value == 64);
  });
}

TEST_CASE("scheduling parameters") {
  Caller().run([](Caller& call) {
    CHECK(call(nr::sched_getaffinity, {0, 128, 0x1000}) == 8);
    CHECK(call.out.value == 0xf);
    CHECK(call(nr::sched_getaffinity, {0, 4, 0x1000}) == -EINVAL_);
    CHECK(call(nr::sched_getaffinity, {4711, 128, 0x1000}) == -ESRCH_);
    CHECK(call(nr::sched_setaffinity, {0, 8, 0x1000}, SignalSet{0xf00}, 2) == -EINVAL_);
    CHECK(call(nr::getpriority, {0, 0}) == 20);
    CHECK(call(nr::setpriority, {0, 0, 5}) == 0);
    CHECK(call(nr::getpriority, {0, 0}) == 15);
    CHECK(call(nr::getpriority, {3, 0}) == -EINVAL_);
    CHECK(call(nr::sched_get_priority_max, {1}) == 99);
    CHECK(call(nr::sched_get_priority_min, {2}) == 1);
    CHECK(call(nr::sched_get_priority_max, {4}) == -EINVAL_);
    CHECK(call(nr::sched_getscheduler, {0}) == 0);
    CHECK(call(nr::ioprio_set, {1, 0, 2 << 13 | 4}) == 0);
    CHECK(call(nr::ioprio_get, {1, 0}) == (2 << 13 | 4));
  });
}

TEST_CASE("words that a thread registers") {
  Caller().run([](Caller& call) {
    CHECK(call(nr::set_tid_address, {0x5000}) == call.thread->tid);
    CHECK(call.thread->clear_child_tid == 0x5000);
    CHECK(call(nr::set_robust_list, {0x6000, 24}) == 0);
    CHECK(call(nr::set_robust_list, {0x6000, 23}) == -EINVAL_);
    CHECK(call(nr::rseq, {0x7000, 32, 0, 0x53053053}) == 0);
    CHECK(call(nr::rseq, {0x7000, 32, 0, 0x53053053}) == -EBUSY_);
    CHECK(call(nr::rseq, {0x7000, 32, 1, 0x1}) == -EPERM_);
    CHECK(call(nr::rseq, {0x7000, 32, 1, 0x53053053}) == 0);
    CHECK(call(nr::arch_prctl, {0x1002, 0x7f0000001000}) == 0);
    CHECK(call(nr::arch_prctl, {0x1003, 0x1000}) == 0);
    CHECK(call.out.value == 0x7f0000001000);
    CHECK(call(nr::arch_prctl, {0x3001, 0x1000}) == -EINVAL_);
    CHECK(call(nr::personality, {0xffffffff}) == 0);
    CHECK(call(nr::personality, {0x40000}) == 0);
    CHECK(call(nr::personality, {0xffffffff}) == 0x40000);
    CHECK(call(nr::membarrier, {8, 0}) == -EPERM_);
    CHECK(call(nr::membarrier, {16, 0}) == 0);
    CHECK(call(nr::membarrier, {8, 0}) == 0);
  });
}

TEST_CASE("clocks go forward with the simulation") {
  Caller().run([](Caller& call) {
    CHECK(call(nr::clock_gettime, {1, 0x1000}) == 0);
    const auto before = call.out.value;
    call.machine.k.compute(*call.thread, sim::milliseconds(3));
    CHECK(call(nr::clock_gettime, {1, 0x1000}) == 0);
    CHECK(call.out.value - before >= 3'000'000);
    CHECK(call(nr::clock_gettime, {3, 0x1000}) == 0);
    CHECK(call.out.value >= 3'000'000);
    CHECK(call(nr::clock_gettime, {99, 0x1000}) == -EINVAL_);
    CHECK(call(nr::clock_getres, {1, 0}) == 0);
    CHECK(call(nr::time, {0}) == 1546300800);
    CHECK(call(nr::getrusage, {0, 0x1000}) == 0);
    CHECK(call.out.value >= 3'000'000);
    CHECK(call(nr::getrusage, {5, 0x1000}) == -EINVAL_);
    CHECK(call(nr::getrandom, {0x1000, 16, 1}) == 16);
    CHECK(call(nr::getrandom, {0x1000, 16, 8}) == -EINVAL_);
    CHECK(call(nr::uname, {0}) == -EFAULT_);
  });
}

TEST_CASE("longer random numbers take longer") {
  Caller().run([](Caller& call) {
    const auto cost = [&](std::uint64_t bytes) {
      const auto start = call.thread->now();
      CHECK(call(nr::getrandom, {0x1000, bytes, 0}) == static_cast<std::int64_t>(bytes));
      return call.thread->now() - start;
    };
    cost(64);  // fetches its code
    CHECK(cost(64) == cost(1));
    CHECK(cost(128) - cost(64) == cost(192) - cost(128));
    CHECK(cost(128) > cost(64));
  });
}
