// ITIMER_VIRTUAL and ITIMER_PROF.
#include "kernel-model/signal/signal.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kVirtual = 1, kProf = 2, kVtalrm = 26, kProfSignal = 27;

std::int64_t arm(Caller& call, std::int64_t which, sim::Time value, sim::Time interval = {}) {
  return call(nr::setitimer, {which, Payload(Itimer{interval, value}), std::int64_t{0}});
}

// Counts the signals that reach the program, by number.
struct Signals {
  explicit Signals(Thread& t) {
    for (const int signal : {26, 27})
      t.process->handlers->action[signal - 1].kind = SignalAction::Kind::handler;
    t.on_signal = [this](Thread& on, int signal) { times[signal].push_back(on.now()); };
  }
  std::map<int, std::vector<sim::Time>> times;
};

}  // namespace

TEST_CASE("timers of processor time run while the program computes, and not while it sleeps") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    Signals signals(t);
    const sim::Time tick = t.kernel.sched->tick();
    CHECK(arm(call, kVirtual, sim::milliseconds(20)) == 0);
    CHECK(arm(call, kProf, sim::milliseconds(20)) == 0);
    call(nr::nanosleep, {Payload(Timespec{sim::milliseconds(200)}), std::int64_t{0}});
    CHECK(signals.times.empty());
    const sim::Time start = t.now();
    t.kernel.compute(t, sim::milliseconds(100));
    REQUIRE(signals.times[kVtalrm].size() == 1);
    REQUIRE(signals.times[kProfSignal].size() == 1);
    const sim::Time after = signals.times[kVtalrm][0] - start;
    CHECK(after >= sim::milliseconds(20));
    CHECK(after <= sim::milliseconds(20) + tick * 2 + sim::microseconds(100));
  });
}

TEST_CASE("an interval makes the timer come again; a value of 0 stops it") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    Signals signals(t);
    CHECK(arm(call, kProf, sim::milliseconds(40), sim::milliseconds(40)) == 0);
    t.kernel.compute(t, sim::milliseconds(210));
    CHECK(signals.times[kProfSignal].size() == 5);
    CHECK(call(nr::getitimer, {kProf, call.buffer}) == 0);
    CHECK(call.out.value > 0);
    CHECK(call.out.value <= 44'000);  // us
    CHECK(arm(call, kProf, {}) == 0);
    t.kernel.compute(t, sim::milliseconds(100));
    CHECK(signals.times[kProfSignal].size() == 5);
    CHECK(call(nr::getitimer, {kProf, call.buffer}) == 0);
    CHECK(call.out.value == 0);
  });
}

TEST_CASE("ITIMER_VIRTUAL leaves out what the kernel computes") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    Signals signals(t);
    CHECK(arm(call, kVirtual, sim::milliseconds(20)) == 0);
    CHECK(arm(call, kProf, sim::milliseconds(20)) == 0);
    const sim::Time end = t.now() + sim::milliseconds(80);
    const auto fd = call.open("/dev/zero");
    while (t.now() < end) call.read(fd, 4 << 20);
    CHECK(signals.times[kProfSignal].size() == 1);
    CHECK(signals.times[kVtalrm].empty());
  });
}

TEST_CASE("a timer of a thread's clock runs on that thread's processor time") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    Signals signals(t);
    constexpr int kAlarm = 14;
    t.process->handlers->action[kAlarm - 1].kind = SignalAction::Kind::handler;
    const auto clock_of = [](std::int32_t tid) { return std::int64_t{~tid} * 8 | 6; };  // CPUCLOCK_SCHED
    CHECK(call(nr::timer_create, {clock_of(t.tid + 1000), std::int64_t{0}, call.buffer}) == -EINVAL_);
    CHECK(call(nr::timer_create, {std::int64_t{4}, std::int64_t{0}, call.buffer}) == -EOPNOTSUPP_);
    REQUIRE(call(nr::timer_create, {clock_of(t.tid), std::int64_t{0}, call.buffer}) == 0);
    const auto id = static_cast<std::int64_t>(call.out.value);
    REQUIRE(call(nr::timer_settime,
                 {id, std::int64_t{0}, Payload(Itimer{{}, sim::milliseconds(20)}), std::int64_t{0}}) == 0);
    call(nr::nanosleep, {Payload(Timespec{sim::milliseconds(200)}), std::int64_t{0}});
    CHECK(signals.times.empty());
    CHECK(call(nr::timer_gettime, {id, call.buffer}) == 0);
    CHECK(call.out.value > 0);
    t.kernel.compute(t, sim::milliseconds(100));
    CHECK(signals.times[kAlarm].size() == 1);
    CHECK(call(nr::timer_delete, {id}) == 0);
    CHECK(call(nr::timer_delete, {id}) == -EINVAL_);
  });
}
