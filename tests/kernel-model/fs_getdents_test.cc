#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

std::int64_t list(Caller& call, std::int64_t fd, std::int64_t bytes) {
  return call(nr::getdents64, {fd, call.buffer, bytes});
}

std::int64_t record(std::size_t name) { return static_cast<std::int64_t>((19 + name + 1 + 7) / 8 * 8); }

}  // namespace

TEST_CASE("a listing is the same bytes however it is cut, in whole records") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.mkdir("/tmp/dir") == 0);
    std::int64_t total = record(1) + record(2);
    for (std::size_t i = 1; i <= 40; ++i) {
      const std::string name(i, 'n');
      REQUIRE(call.create(("/tmp/dir/" + name).c_str()) == 0);
      total += record(name.size());
    }
    const auto fd = call.open("/tmp/dir", open_flag::directory);
    for (const std::int64_t buffer : {64, 100, 333, 4096}) {
      REQUIRE(call(nr::lseek, {fd, std::int64_t{0}, std::int64_t{0}}) == 0);
      std::int64_t sum = 0;
      for (std::int64_t got = 1; got > 0; sum += got) {
        got = list(call, fd, buffer);
        REQUIRE(got >= 0);
        CHECK(got <= buffer);
        CHECK(got % 8 == 0);
      }
      CHECK(sum == total);
    }
  });
}

TEST_CASE("removing while listing neither repeats nor skips the others") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.mkdir("/tmp/dir") == 0);
    for (const char* name : {"/tmp/dir/aa", "/tmp/dir/bb", "/tmp/dir/cc", "/tmp/dir/dd"})
      REQUIRE(call.create(name) == 0);
    const auto fd = call.open("/tmp/dir", open_flag::directory);
    CHECK(list(call, fd, 3 * 24) == 3 * 24);  // ".", "..", one name
    CHECK(call.unlink("/tmp/dir/aa") == 0);
    CHECK(call.unlink("/tmp/dir/bb") == 0);
    CHECK(call.unlink("/tmp/dir/cc") == 0);
    const std::int64_t rest = list(call, fd, 4096);
    CHECK((rest == 24 || rest == 0));  // whichever was listed first
    CHECK(call.unlink("/tmp/dir/dd") == 0);
    CHECK(list(call, fd, 4096) == 0);
    CHECK(call(nr::rmdir, {"/tmp/dir"}) == 0);
    CHECK(list(call, fd, 4096) == -ENOENT_);
  });
}
