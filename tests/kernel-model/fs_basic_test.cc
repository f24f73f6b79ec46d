#include "kernel-model/signal/signal.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("what is written is the size that is read back") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto fd = call(nr::openat, {std::int64_t{-100}, "/tmp/file",
                                      std::int64_t{open_flag::creat | open_flag::rdwr}, std::int64_t{0644}});
    CHECK(fd == 0);
    CHECK(call(nr::write, {fd, call.buffer, std::int64_t{10000}}) == 10000);
    CHECK(call(nr::read, {fd, call.buffer, std::int64_t{4096}}) == 0);
    CHECK(call(nr::lseek, {fd, std::int64_t{0}, std::int64_t{0}}) == 0);
    CHECK(call(nr::read, {fd, call.buffer, std::int64_t{4096}}) == 4096);
    CHECK(call(nr::read, {fd, call.buffer, std::int64_t{8192}}) == 5904);
    CHECK(call(nr::pread64, {fd, call.buffer, std::int64_t{100}, std::int64_t{9950}}) == 50);
    CHECK(call(nr::fstat, {fd, call.buffer}) == 0);
    CHECK(call.out.stat.size == 10000);
    CHECK(call.out.stat.blocks == 24);
    CHECK(call(nr::stat, {"/tmp/../tmp/./file", call.buffer}) == 0);
    CHECK(call.out.stat.size == 10000);
    CHECK(call(nr::close, {fd}) == 0);
    CHECK(call(nr::close, {fd}) == -EBADF_);
    CHECK(call(nr::stat, {"/tmp/none", call.buffer}) == -ENOENT_);
    CHECK(call(nr::unlink, {"/tmp/file"}) == 0);
    CHECK(call(nr::stat, {"/tmp/file", call.buffer}) == -ENOENT_);
  });
}

TEST_CASE("a flock and a read of inotify end by the signal that a record shows") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto open_file = [&] {
      return call(nr::open,
                  {"/tmp/file", std::int64_t{open_flag::creat | open_flag::rdwr}, std::int64_t{0644}});
    };
    const std::int64_t holder = open_file(), waiter = open_file();
    const std::int64_t watches = call(nr::inotify_init1, {std::int64_t{0}});
    constexpr std::int64_t kExclusive = 2;
    CHECK(call(nr::flock, {holder, kExclusive}) == 0);
    t.hold_signals = true;
    t.pending |= signal_bit(signo::usr1);
    allow_interrupt(t, true);
    CHECK(call(nr::flock, {waiter, kExclusive}) == -ERESTARTSYS_);
    CHECK(call(nr::read, {watches, call.buffer, std::int64_t{4096}}) == -ERESTARTSYS_);
  });
}
