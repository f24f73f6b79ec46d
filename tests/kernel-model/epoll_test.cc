#include <catch2/catch.hpp>

#include "tests/kernel-model/ipc_bench.h"

using namespace isosim::test;

namespace {

enum : std::uint64_t { kAdd = 1, kDelete = 2, kModify = 3 };

struct Instance {
  IpcBench& b;
  Thread& t;
  std::int32_t fd;
  Instance(IpcBench& bench, Thread& thread)
      : b(bench), t(thread), fd(static_cast<std::int32_t>(Call(nr::epoll_create1, {0})(bench.k, thread))) {}

  std::int64_t ctl(std::uint64_t op, std::int32_t target, std::uint32_t events) {
    Call call(nr::epoll_ctl,
              {static_cast<std::uint64_t>(fd), op, static_cast<std::uint64_t>(target), 0x1000});
    if (op != kDelete) call.with(3, EpollEvent{events, static_cast<std::uint64_t>(target)});
    return call(b.k, t);
  }
  std::vector<EpollEvent> wait(int timeout_ms = 0, std::uint64_t max = 8) {
    return wait_in(t, timeout_ms, max);
  }
  std::vector<EpollEvent> wait_in(Thread& thread, int timeout_ms, std::uint64_t max = 8) {
    Call call(nr::epoll_wait,
              {static_cast<std::uint64_t>(fd), 0x1000, max, static_cast<std::uint64_t>(timeout_ms)});
    result = call(b.k, thread);
    return call.out.events;
  }
  std::int64_t result = 0;
};

}  // namespace

TEST_CASE("level-triggered events stay until nothing is ready") {
  IpcBench b;
  b.run([&](Thread& t) {
    Instance e(b, t);
    const TestPipe p(b.k, t);
    CHECK(e.ctl(kAdd, p.reader, poll_bit::in) == 0);
    CHECK(e.wait().empty());
    write(b.k, t, p.writer, 2);
    CHECK(e.wait().size() == 1);
    CHECK(e.wait().size() == 1);
    read(b.k, t, p.reader, 2);
    CHECK(e.wait().empty());
  });
}

TEST_CASE("edge-triggered events come once a change") {
  IpcBench b;
  b.run([&](Thread& t) {
    Instance e(b, t);
    const TestPipe p(b.k, t);
    write(b.k, t, p.writer, 2);
    CHECK(e.ctl(kAdd, p.reader, poll_bit::in | poll_bit::edge) == 0);
    CHECK(e.wait().size() == 1);  // ready when it was added
    CHECK(e.wait().empty());
    write(b.k, t, p.writer, 2);
    CHECK(e.wait().size() == 1);
    CHECK(e.wait().empty());
  });
}

TEST_CASE("a one-shot watch sleeps until it is armed again") {
  IpcBench b;
  b.run([&](Thread& t) {
    Instance e(b, t);
    const TestPipe p(b.k, t);
    e.ctl(kAdd, p.reader, poll_bit::in | poll_bit::oneshot);
    write(b.k, t, p.writer, 2);
    CHECK(e.wait().size() == 1);
    write(b.k, t, p.writer, 2);
    CHECK(e.wait().empty());
    e.ctl(kModify, p.reader, poll_bit::in | poll_bit::oneshot);
    CHECK(e.wait().size() == 1);
  });
}

TEST_CASE("epoll_ctl errors") {
  IpcBench b;
  b.run([&](Thread& t) {
    Instance e(b, t), inner(b, t);
    const TestPipe p(b.k, t);
    CHECK(e.ctl(kModify, p.reader, poll_bit::in) == -ENOENT_);
    CHECK(e.ctl(kDelete, p.reader, 0) == -ENOENT_);
    CHECK(e.ctl(kAdd, p.reader, poll_bit::in) == 0);
    CHECK(e.ctl(kAdd, p.reader, poll_bit::in) == -EEXIST_);
    CHECK(e.ctl(kAdd, e.fd, poll_bit::in) == -EINVAL_);
    CHECK(e.ctl(kAdd, 99, poll_bit::in) == -EBADF_);
    CHECK(e.ctl(9, p.reader, poll_bit::in) == -EINVAL_);
    CHECK(e.ctl(kAdd, inner.fd, poll_bit::in) == 0);
    CHECK(inner.ctl(kAdd, e.fd, poll_bit::in) == -ELOOP_);
    CHECK(Call(nr::epoll_create, {0})(b.k, t) == -EINVAL_);
    e.wait(0, 0);
    CHECK(e.result == -EINVAL_);
  });
}

TEST_CASE("closing a descriptor ends its watch, unless a duplicate keeps the file") {
  IpcBench b;
  b.run([&](Thread& t) {
    Instance e(b, t);
    const TestPipe p(b.k, t);
    FdTable& files = *t.process->files;
    const auto copy = static_cast<std::int32_t>(files.install(Ref<File>(files.get(p.reader)), false));
    e.ctl(kAdd, p.reader, poll_bit::in);
    write(b.k, t, p.writer, 1);
    close(b.k, t, p.reader);
    CHECK(e.wait().size() == 1);
    close(b.k, t, copy);
    CHECK(e.wait().empty());
    close(b.k, t, e.fd);
    CHECK(files.open_count() == 1);
  });
}

TEST_CASE("an instance that watches an instance") {
  IpcBench b;
  b.run([&](Thread& t) {
    Instance outer(b, t), inner(b, t);
    const TestPipe p(b.k, t);
    inner.ctl(kAdd, p.reader, poll_bit::in);
    outer.ctl(kAdd, inner.fd, poll_bit::in);
    CHECK(outer.wait().empty());
    write(b.k, t, p.writer, 1);
    CHECK(outer.wait().size() == 1);
    CHECK(inner.wait().size() == 1);
    read(b.k, t, p.reader, 1);
    CHECK(outer.wait().empty());
  });
}

TEST_CASE("one write wakes one waiter of an instance, and of exclusive instances one") {
  IpcBench b;
  int woken = 0;
  b.run([&](Thread& t) {
    Instance first(b, t), second(b, t);
    const TestPipe p(b.k, t);
    first.ctl(kAdd, p.reader, poll_bit::in | poll_bit::edge | poll_bit::exclusive);
    second.ctl(kAdd, p.reader, poll_bit::in | poll_bit::edge | poll_bit::exclusive);
    const std::int32_t a = first.fd, c = second.fd;
    for (const std::int32_t fd : {a, a, c, c}) {
      b.spawn([&, fd](Thread& other) {
        Call call(nr::epoll_wait, {static_cast<std::uint64_t>(fd), 0x1000, 8, 10});
        if (call(b.k, other) > 0) ++woken;
      });
    }
    pause(t, 100);
    const Ref<File> file(t.process->files->get(p.writer));
    file->write(b.k, t, {0x1000, 1});
    pause(t, 50'000);
  });
  // A pipe wakes all its sleepers, but exclusive entries count: the walk is not bounded by one here, so both
  // instances get the event, and each passes it to one thread.
  CHECK(woken == 2);
}
