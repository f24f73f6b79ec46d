// Reads after posix_fadvise(POSIX_FADV_RANDOM).
#include "tests/kernel-model/fake_disk.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("after POSIX_FADV_RANDOM a read brings in what it asks for and no more") {
  constexpr std::int64_t kNormal = 0, kRandom = 1, kDontNeed = 4, kBytes = 8192, kAt = 65536;
  FakeDisk disk(1ull << 32);
  FsFixture fixture(&disk);
  disk.engine = &fixture.engine;
  fixture.run([&](Thread& t) {
    Caller call(t);
    CHECK(call.create("/home/file", 1 << 20) == 0);
    const std::int64_t fd = call.open("/home/file");
    const auto advise = [&](std::int64_t advice) {
      CHECK(call(nr::fadvise64, {fd, std::int64_t{0}, std::int64_t{0}, advice}) == 0);
    };
    const auto read_again = [&](std::int64_t bytes, std::int64_t at) {
      CHECK(call(nr::fsync, {fd}) == 0);
      advise(kDontNeed);
      const std::uint64_t before = disk.read_bytes;
      CHECK(call(nr::pread64, {fd, call.buffer, bytes, at}) == bytes);
      return disk.read_bytes - before;
    };
    advise(kRandom);
    CHECK(read_again(kBytes, kAt) == kBytes);
    advise(kNormal);
    CHECK(read_again(kBytes, 0) > kBytes);
  });
}
