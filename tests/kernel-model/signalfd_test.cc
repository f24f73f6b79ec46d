#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kUsr = 10, kUsr2 = 12, kMaskBytes = 8, kInfo = 128;

std::int64_t block(Caller& call, std::uint64_t mask) {
  return call(nr::rt_sigprocmask, {std::int64_t{0}, Payload(SignalSet{mask}), std::int64_t{0}, kMaskBytes});
}
std::int64_t signalfd(Caller& call, std::int64_t fd, std::uint64_t mask, std::int64_t flags = 0) {
  return call(nr::signalfd4, {fd, Payload(SignalSet{mask}), kMaskBytes, flags});
}
std::uint64_t both() { return signal_bit(kUsr) | signal_bit(kUsr2); }

}  // namespace

TEST_CASE("a signalfd hands out pending signals, 128 bytes each") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    block(call, both());
    const auto fd = signalfd(call, -1, both(), open_flag::nonblock);
    CHECK(fd >= 0);
    CHECK(call.read(fd, 1000) == -EAGAIN_);
    CHECK(call.read(fd, kInfo - 1) == -EINVAL_);
    call(nr::kill, {std::int64_t{t.tid}, kUsr});
    call(nr::kill, {std::int64_t{t.tid}, kUsr2});
    call(nr::kill, {std::int64_t{t.tid}, kUsr});  // is pending already
    CHECK(call.read(fd, kInfo) == kInfo);
    CHECK(call.read(fd, 1000) == kInfo);
    CHECK(call.read(fd, 1000) == -EAGAIN_);
    CHECK(pending_signals(t) == 0);
  });
}

TEST_CASE("signalfd4 changes the mask of a descriptor, and refuses others") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    block(call, both());
    const auto fd = signalfd(call, -1, signal_bit(kUsr), open_flag::nonblock);
    call(nr::kill, {std::int64_t{t.tid}, kUsr2});
    CHECK(call.read(fd, kInfo) == -EAGAIN_);
    CHECK(signalfd(call, fd, both()) == fd);
    CHECK(call.read(fd, kInfo) == kInfo);
    const auto null = call.open("/dev/null");
    CHECK(signalfd(call, null, both()) == -EINVAL_);
    CHECK(signalfd(call, 99, both()) == -EBADF_);
    CHECK(signalfd(call, -1, both(), 1) == -EINVAL_);
    CHECK(call(nr::signalfd4, {std::int64_t{-1}, Payload(SignalSet{1}), std::int64_t{4}, std::int64_t{0}}) ==
          -EINVAL_);
  });
}

TEST_CASE("a reader and epoll wait on a signalfd until the signal comes") {
  FsFixture fixture;
  sim::Time sent, read, polled;
  Process& process = fixture.process();
  const auto start = [&](std::function<void(Thread&)> body) -> Thread& {
    Thread& thread = fixture.k->create_thread(process, "t", std::move(body));
    thread.blocked = both();
    fixture.k->sched->start(thread, nullptr);
    return thread;
  };
  start([&](Thread& t) {
    Caller call(t);
    const auto fd = signalfd(call, -1, signal_bit(kUsr));
    CHECK(call.read(fd, kInfo) == kInfo);
    read = t.now();
  });
  start([&](Thread& t) {
    Caller call(t);
    const auto fd = signalfd(call, -1, signal_bit(kUsr2));
    const auto epoll = call(nr::epoll_create1, {std::int64_t{0}});
    CHECK(call(nr::epoll_ctl, {epoll, std::int64_t{1}, fd, Payload(EpollEvent{poll_bit::in, 7})}) == 0);
    CHECK(call(nr::epoll_wait, {epoll, call.buffer, std::int64_t{4}, std::int64_t{0}}) == 0);
    CHECK(call(nr::epoll_wait, {epoll, call.buffer, std::int64_t{4}, std::int64_t{-1}}) == 1);
    CHECK(call.out.events.at(0).data == 7);
    polled = t.now();
  });
  start([&](Thread& t) {
    Caller call(t);
    t.task->sleep_until(t.now() + sim::milliseconds(5));
    sent = t.now();
    call(nr::kill, {std::int64_t{t.process->pid}, kUsr});
    call(nr::kill, {std::int64_t{t.process->pid}, kUsr2});
  });
  fixture.engine.run();
  CHECK(read > sent);
  CHECK(polled > sent);
  CHECK(polled < sent + sim::milliseconds(1));
}
