// Calls whose buffers are not, or only in part, memory of the program.
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kNull = 0, kUnmapped = 0x1000;
constexpr std::int64_t kBeyond = 0x7ffffffff000;  // TASK_SIZE

}  // namespace

TEST_CASE("reads and writes of memory that is not there fail with EFAULT and move nothing") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    CHECK(call.create("/tmp/file", 10'000) == 0);
    const auto fd = call.open("/tmp/file", open_flag::rdwr);
    for (const std::int64_t bad : {kNull, kUnmapped, kBeyond, std::int64_t{-4096}}) {
      CHECK(call(nr::read, {fd, bad, std::int64_t{100}}) == -EFAULT_);
      CHECK(call(nr::pread64, {fd, bad, std::int64_t{100}, std::int64_t{0}}) == -EFAULT_);
      CHECK(call(nr::write, {fd, bad, std::int64_t{100}}) == -EFAULT_);
    }
    CHECK(call.read(fd, 10'000) == 10'000);                      // the position did not move
    CHECK(call(nr::read, {fd, kNull, std::int64_t{100}}) == 0);  // at the end nothing is copied
    CHECK(call(nr::pread64, {fd, kNull, std::int64_t{0}, std::int64_t{0}}) == 0);
    CHECK(call(nr::fstat, {fd, call.buffer}) == 0);
    CHECK(call.out.stat.size == 10'000);
  });
}

TEST_CASE("a buffer that ends in unmapped memory takes and gives what lies before") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    const std::int64_t end = call.buffer + static_cast<std::int64_t>(Caller::buffer_bytes);
    // Whatever lies above the buffer goes.
    CHECK(call(nr::munmap, {end - std::int64_t{4096}, std::int64_t{4096}}) == 0);
    const std::int64_t start = end - 4096 - 6000;
    CHECK(call.create("/tmp/file", 50'000) == 0);
    const auto fd = call.open("/tmp/file", open_flag::rdwr);
    CHECK(call(nr::read, {fd, start, std::int64_t{10'000}}) == 6000);
    CHECK(call(nr::lseek, {fd, std::int64_t{0}, std::int64_t{1}}) == 6000);
    CHECK(call(nr::write, {fd, start, std::int64_t{10'000}}) == 6000);
    CHECK(call(nr::lseek, {fd, std::int64_t{0}, std::int64_t{1}}) == 12'000);
    const IoVec segments[] = {{static_cast<Address>(call.buffer), 100}, {static_cast<Address>(start), 8000}};
    const Payload payload = std::span<const IoVec>(segments);
    CHECK(call(nr::readv, {fd, payload, std::int64_t{2}}) == 6100);
    CHECK(call(nr::writev, {fd, payload, std::int64_t{2}}) == 6100);
  });
}

TEST_CASE("pipes, devices and procfs look at the buffer too") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    CHECK(call(nr::pipe2, {call.buffer, std::int64_t{open_flag::nonblock}}) == 0);
    const std::int64_t in = call.out.fds[0], out = call.out.fds[1];
    CHECK(call(nr::read, {in, kNull, std::int64_t{10}}) == -EAGAIN_);
    CHECK(call(nr::write, {out, kNull, std::int64_t{10}}) == -EFAULT_);
    CHECK(call.write(out, 10) == 10);
    CHECK(call(nr::read, {in, kNull, std::int64_t{10}}) == -EFAULT_);
    CHECK(call.read(in, 10) == 10);
    const auto zero = call.open("/dev/zero");
    CHECK(call(nr::read, {zero, kNull, std::int64_t{10}}) == -EFAULT_);
    const auto status = call.open("/proc/self/status");
    CHECK(call(nr::read, {status, kNull, std::int64_t{10}}) == -EFAULT_);
    CHECK(call.read(status, 10) == 10);
    const auto null = call.open("/dev/null", open_flag::wronly);
    CHECK(call(nr::write, {null, kNull, std::int64_t{10}}) == 10);  // write_null() does not look
  });
}

TEST_CASE("results that cannot be written out are EFAULT") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    CHECK(call.create("/tmp/file", 1) == 0);
    CHECK(call(nr::symlink, {"file", "/tmp/link"}) == 0);
    const auto fd = call.open("/tmp", open_flag::directory);
    CHECK(call(nr::stat, {"/tmp/file", kNull}) == -EFAULT_);
    CHECK(call(nr::stat, {"/tmp/none", kNull}) == -ENOENT_);  // the name is looked up first
    CHECK(call(nr::fstat, {fd, kNull}) == -EFAULT_);
    CHECK(call(nr::statfs, {"/tmp", kNull}) == -EFAULT_);
    CHECK(call(nr::readlink, {"/tmp/link", kNull, std::int64_t{10}}) == -EFAULT_);
    CHECK(call(nr::getcwd, {kNull, std::int64_t{100}}) == -EFAULT_);
    CHECK(call(nr::getdents64, {fd, kNull, std::int64_t{1000}}) == -EFAULT_);
    CHECK(call(nr::getdents64, {fd, call.buffer, std::int64_t{1000}}) > 80);  // all of it is still to come
    CHECK(call(nr::open, {kNull, std::int64_t{0}}) == -EFAULT_);
  });
}
