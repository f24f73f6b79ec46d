#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kNoReplace = 1, kExchange = 2;

std::int64_t rename2(Caller& call, const char* from, const char* to, std::int64_t flags) {
  return call(nr::renameat2, {Caller::at_cwd, from, Caller::at_cwd, to, flags});
}

}  // namespace

TEST_CASE("a renamed file keeps its inode, a replaced one loses its name but not its readers") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.create("/tmp/a", 10) == 0);
    REQUIRE(call.create("/tmp/b", 5000) == 0);
    call.stat("/tmp/a");
    const auto inode = call.out.stat.inode;
    const auto reader = call.open("/tmp/b");
    CHECK(call.rename("/tmp/a", "/tmp/b") == 0);
    CHECK(call.stat("/tmp/a") == -ENOENT_);
    CHECK(call.stat("/tmp/b") == 0);
    CHECK(call.out.stat.inode == inode);
    CHECK(call.out.stat.size == 10);
    CHECK(call.read(reader, 8192) == 5000);
    CHECK(call(nr::fstat, {reader, call.buffer}) == 0);
    CHECK(call.out.stat.links == 0);
    SuperBlock& sb = t.kernel.vfs->find(*t.process->fs, "/tmp/b").dentry->sb;
    const auto before = sb.used;
    CHECK(call.close(reader) == 0);
    CHECK(before - sb.used == 8192);  // the last reader gives the pages back
  });
}

TEST_CASE("renaming a directory moves what is below it and its link count") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    for (const char* dir : {"/tmp/x", "/tmp/y", "/tmp/x/d"}) REQUIRE(call.mkdir(dir) == 0);
    REQUIRE(call.create("/tmp/x/d/file", 7) == 0);
    CHECK(call.stat("/tmp/x/d/file") == 0);  // in the dentry cache
    CHECK(call.rename("/tmp/x/d", "/tmp/y/e") == 0);
    CHECK(call.stat("/tmp/x/d/file") == -ENOENT_);
    CHECK(call.stat("/tmp/y/e/file") == 0);
    CHECK(call.stat("/tmp/y/e/../../x") == 0);
    CHECK(call.out.stat.links == 2);
    call.stat("/tmp/y");
    CHECK(call.out.stat.links == 3);
  });
}

TEST_CASE("renameat2 exchanges or refuses to replace") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.create("/tmp/a", 1) == 0);
    REQUIRE(call.create("/tmp/b", 2) == 0);
    CHECK(rename2(call, "/tmp/a", "/tmp/b", kNoReplace) == -EEXIST_);
    CHECK(rename2(call, "/tmp/a", "/tmp/c", kExchange) == -ENOENT_);
    CHECK(rename2(call, "/tmp/a", "/tmp/b", kExchange | kNoReplace) == -EINVAL_);
    CHECK(rename2(call, "/tmp/a", "/tmp/b", kExchange) == 0);
    call.stat("/tmp/a");
    CHECK(call.out.stat.size == 2);
    call.stat("/tmp/b");
    CHECK(call.out.stat.size == 1);
    CHECK(call.unlink("/tmp/a") == 0);
    CHECK(call.unlink("/tmp/b") == 0);
    CHECK(call(nr::rmdir, {"/tmp"}) == 0);  // nothing stayed behind
  });
}
