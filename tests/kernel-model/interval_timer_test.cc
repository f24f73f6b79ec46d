// Periodic timers whose expiries nobody takes: setitimer, timer_create, timerfd.
#include "kernel-model/signal/signal.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kAlarm = 14, kReal = 0;

void block(Thread& t, std::uint64_t signals) { kernel::set_blocked(t.kernel, t, signals); }

void sleep(Caller& call, std::int64_t us) {
  CHECK(call(nr::nanosleep, {Payload(Timespec{sim::microseconds(us)}), std::int64_t{0}}) == 0);
}

Payload every_millisecond() { return Itimer{sim::milliseconds(1), sim::milliseconds(1)}; }

std::int64_t take(Thread& t, int signal) {
  return kernel::dequeue_signal(t, kernel::signal_bit(signal)).signal;
}

}  // namespace

TEST_CASE("ITIMER_REAL is started again when its signal is taken, at the next of its periods") {
  FsFixture fixture;
  sim::Time end;
  fixture.run([&](Thread& t) {
    Caller call(t);
    block(t, kernel::signal_bit(kAlarm));
    const sim::Time start = t.now();
    CHECK(call(nr::setitimer, {kReal, every_millisecond(), std::int64_t{0}}) == 0);
    sleep(call, 5'500);
    CHECK(call(nr::getitimer, {kReal, call.buffer}) == 0);
    CHECK(call.out.value == 0);
    CHECK(take(t, kAlarm) == kAlarm);
    CHECK(take(t, kAlarm) == 0);
    CHECK(call(nr::getitimer, {kReal, call.buffer}) == 0);
    CHECK(call.out.value > 300);
    CHECK(call.out.value <= 500);
    sleep(call, 700);
    CHECK(take(t, kAlarm) == kAlarm);
    end = t.now();
    CHECK(end - start < sim::milliseconds(7));
    sleep(call, 1'000'000);  // its signal is pending: the kernel has nothing to do
    block(t, 0);
  });
}

TEST_CASE("a POSIX timer queues one signal and counts the periods that it misses") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    constexpr int kSignal = 34;
    block(t, kernel::signal_bit(kSignal));
    CHECK(call(nr::timer_create, {std::int64_t{1}, Payload(OptionValue{kSignal}), std::int64_t{0}}) == 0);
    const auto id = static_cast<std::int64_t>(call.out.value);
    CHECK(call(nr::timer_settime, {id, std::int64_t{0}, every_millisecond(), std::int64_t{0}}) == 0);
    sleep(call, 5'500);
    CHECK(call(nr::timer_getoverrun, {id}) == 0);  // of the last signal that was delivered
    CHECK(call(nr::timer_gettime, {id, call.buffer}) == 0);
    CHECK(call.out.value > 0);
    CHECK(take(t, kSignal) == kSignal);
    CHECK(take(t, kSignal) == 0);
    CHECK(call(nr::timer_getoverrun, {id}) == 4);
    sleep(call, 700);
    CHECK(take(t, kSignal) == kSignal);
    CHECK(call(nr::timer_getoverrun, {id}) == 0);
    CHECK(call(nr::timer_delete, {id}) == 0);
  });
}

TEST_CASE("a timer behind a descriptor is started again when it is read, and counts what it missed") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    const std::int64_t fd = call(nr::timerfd_create, {std::int64_t{1}, std::int64_t{0}});
    CHECK(call(nr::timerfd_settime, {fd, std::int64_t{0}, every_millisecond(), std::int64_t{0}}) == 0);
    sleep(call, 5'500);
    CHECK(t.kernel.engine.next() > t.now() + sim::milliseconds(1));  // it stands
    CHECK(call.read(fd, 8) == 8);
    CHECK(t.kernel.engine.next() < t.now() + sim::milliseconds(1));
    const sim::Time before = t.now();
    CHECK(call.read(fd, 8) == 8);
    CHECK(t.now() - before < sim::microseconds(600));
    CHECK(t.now() - before > sim::microseconds(300));
    call.close(fd);
  });
}

TEST_CASE("a period shorter than an expiry takes leaves the processor to others") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    block(t, kernel::signal_bit(kAlarm));
    CHECK(call(nr::timer_create, {std::int64_t{1}, Payload(OptionValue{34}), std::int64_t{0}}) == 0);
    const auto id = static_cast<std::int64_t>(call.out.value);
    // Ignored, so that nobody has to take it: the timer runs on.
    t.process->handlers->action[33].kind = SignalAction::Kind::ignore;
    const Payload every = Itimer{sim::nanoseconds(10), sim::nanoseconds(10)};
    CHECK(call(nr::timer_settime, {id, std::int64_t{0}, every, std::int64_t{0}}) == 0);
    t.kernel.compute(t, sim::milliseconds(1));
    CHECK(call(nr::timer_delete, {id}) == 0);
  });
}
