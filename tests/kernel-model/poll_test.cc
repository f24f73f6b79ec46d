#include <catch2/catch.hpp>

#include "tests/kernel-model/ipc_bench.h"

using namespace isosim::test;

namespace {

std::int64_t poll(IpcBench& b, Thread& t, std::vector<PollFd> fds, int timeout_ms,
                  std::vector<PollFd>* out = nullptr) {
  Call call(nr::poll, {0x1000, fds.size(), static_cast<std::uint64_t>(timeout_ms)});
  call.with(0, std::span<const PollFd>(fds));
  const std::int64_t result = call(b.k, t);
  if (out) *out = call.out.polled;
  return result;
}

}  // namespace

TEST_CASE("poll tells what is ready, hung up, in error, not open") {
  IpcBench b;
  b.run([&](Thread& t) {
    const TestPipe p(b.k, t);
    std::vector<PollFd> out;
    CHECK(poll(b, t, {{p.reader, poll_bit::in, 0}}, 0) == 0);
    CHECK(poll(b, t, {{p.reader, poll_bit::in, 0}, {p.writer, poll_bit::out, 0}, {77, 0, 0}, {-1, 1, 0}}, -1,
               &out) == 2);
    CHECK(out[0].fd == p.writer);
    CHECK(out[1].revents == 0x20);
    write(b.k, t, p.writer, 1);
    close(b.k, t, p.writer);
    CHECK(poll(b, t, {{p.reader, poll_bit::in, 0}}, -1, &out) == 1);
    CHECK(out[0].revents == (poll_bit::in | poll_bit::hup));
    const TestPipe q(b.k, t);
    close(b.k, t, q.reader);
    CHECK(poll(b, t, {{q.writer, 0, 0}}, -1, &out) == 1);
    CHECK(out[0].revents == poll_bit::err);
  });
}

TEST_CASE("poll ends at its time-out, not before") {
  IpcBench b;
  b.run([&](Thread& t) {
    const TestPipe p(b.k, t);
    const auto start = t.now();
    CHECK(poll(b, t, {{p.reader, poll_bit::in, 0}}, 5) == 0);
    CHECK(t.now() - start >= isosim::sim::milliseconds(5));
    CHECK(t.now() - start < isosim::sim::milliseconds(6));
  });
}

TEST_CASE("no wake-up of poll is lost, whenever the write comes") {
  for (int delay = 0; delay < 40; ++delay) {
    IpcBench b;
    std::int64_t result = 0;
    isosim::sim::Time end;
    b.run([&](Thread& t) {
      const TestPipe p(b.k, t), q(b.k, t);
      b.spawn([&, p, delay](Thread& writer) {
        writer.task->sleep_until(writer.now() + isosim::sim::nanoseconds(delay * 25));
        write(b.k, writer, p.writer, 1);
      });
      result = poll(b, t, {{p.reader, poll_bit::in, 0}, {q.reader, poll_bit::in, 0}}, 1000);
      end = t.now();
    });
    CHECK(result == 1);
    CHECK(end < isosim::sim::milliseconds(1));
  }
}

TEST_CASE("a signal ends poll and select with their restart codes") {
  IpcBench b;
  std::int64_t polled = 0;
  b.run([&](Thread& t) {
    const TestPipe p(b.k, t);
    Thread& sleeper = b.spawn([&, p](Thread& other) {
      polled = poll(b, other, {{p.reader, poll_bit::in, 0}}, -1);
    });
    pause(t, 50);
    sleeper.pending |= 1;
    b.k.sched->wake(sleeper, &t);
  });
  CHECK((polled == -ERESTART_RESTARTBLOCK_ || polled == -EINTR_));
}

TEST_CASE("select counts bits over three sets") {
  IpcBench b;
  b.run([&](Thread& t) {
    const TestPipe p(b.k, t);
    FdSets sets;
    sets.read = {p.reader};
    sets.write = {p.writer};
    const auto call = [&](FdSets wanted, isosim::sim::Time span) {
      Call c(nr::select, {10, 0x1000, 0x1000, 0, 0x1000});
      c.with(1, std::move(wanted)).with(4, Timespec{span});
      return c(b.k, t);
    };
    CHECK(call(sets, {}) == 1);
    write(b.k, t, p.writer, 1);
    CHECK(call(sets, {}) == 2);
    sets.read = {99};
    CHECK(call(sets, {}) == -EBADF_);
    const auto start = t.now();
    CHECK(call({}, isosim::sim::microseconds(300)) == 0);
    CHECK(t.now() - start >= isosim::sim::microseconds(300));
  });
}
