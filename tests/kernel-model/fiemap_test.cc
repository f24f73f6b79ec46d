// FS_IOC_FIEMAP: extents of what was written, those without blocks yet among them.
#include "tests/kernel-model/fake_disk.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

// The number of extents, or what the call returned if that is negative.
std::int64_t extents(Thread& t, std::int64_t fd, ExtentsWanted wanted) {
  Sys s;
  s.nr = nr::ioctl;
  s.arg = {static_cast<std::uint64_t>(fd), 0xC020660B, 1};
  s.at[2] = static_cast<IoctlArgument*>(&wanted);
  const std::int64_t result = t.kernel.syscall(t, s);
  return result < 0 ? result : static_cast<std::int64_t>(s.out.value);
}

ExtentsWanted in(std::uint64_t start, std::uint64_t length, std::uint32_t room = 0, std::uint32_t flags = 0) {
  ExtentsWanted wanted;
  wanted.start = start;
  wanted.length = length;
  wanted.room = room;
  wanted.flags = flags;
  return wanted;
}

constexpr std::uint64_t kAll = ~0ull;
constexpr std::uint32_t kSync = 1;

}  // namespace

TEST_CASE("FIEMAP counts a file's extents") {
  FakeDisk disk{1ull << 36};
  FsFixture fixture{&disk};
  disk.engine = &fixture.engine;
  fixture.run([&disk](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/home/file", open_flag::creat | open_flag::rdwr);
    CHECK(extents(t, fd, in(0, kAll)) == 0);
    CHECK(call(nr::pwrite64, {fd, call.buffer, std::int64_t{8192}, std::int64_t{0}}) == 8192);
    CHECK(call(nr::pwrite64, {fd, call.buffer, std::int64_t{4096}, std::int64_t{40960}}) == 4096);
    CHECK(extents(t, fd, in(0, kAll)) == 2);  // delayed allocation: a run of dirty pages each
    CHECK(extents(t, fd, in(0, 4096)) == 1);
    CHECK(extents(t, fd, in(8192, 32768)) == 0);  // the hole
    CHECK(extents(t, fd, in(0, kAll, 1)) == 1);   // room for one
    CHECK(extents(t, fd, in(0, kAll, 0, kSync)) == 2);
    CHECK(disk.written >= 3 * 4096);
    CHECK(call(nr::pwrite64, {fd, call.buffer, std::int64_t{4096}, std::int64_t{8192}}) == 4096);
    CHECK(extents(t, fd, in(0, kAll)) == 3);  // not yet known to continue the first
  });
}

TEST_CASE("FIEMAP refuses empty ranges, unknown flags, and file systems without extents") {
  FakeDisk disk{1ull << 36};
  FsFixture fixture{&disk};
  disk.engine = &fixture.engine;
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/home/file", open_flag::creat | open_flag::rdwr);
    CHECK(extents(t, fd, in(0, 0)) == -EINVAL_);
    CHECK(extents(t, fd, in(1ull << 62, 4096)) == -EFBIG_);
    CHECK(extents(t, fd, in(0, kAll, 0, 0x80)) == -EBADR_);
    CHECK(extents(t, fd, in(0, kAll, ~0u)) == -EINVAL_);
    const auto shm = call.open("/dev/shm/file", open_flag::creat | open_flag::rdwr);
    REQUIRE(shm >= 0);
    CHECK(extents(t, shm, in(0, kAll)) == -EOPNOTSUPP_);
    CHECK(call(nr::ioctl, {fd, std::int64_t{0xC020660B}, std::int64_t{0}}) == -EFAULT_);
  });
}
