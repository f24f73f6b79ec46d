#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("failing calls fail with the errno of the manual") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.create("/tmp/file", 100) == 0);
    REQUIRE(call.mkdir("/tmp/dir") == 0);
    REQUIRE(call.create("/tmp/dir/inside") == 0);
    REQUIRE(call(nr::symlink, {"loop", "/tmp/loop"}) == 0);
    REQUIRE(call(nr::symlink, {"nowhere", "/tmp/dangling"}) == 0);
    const std::string long_name(256, 'x'), long_path(5000, '/');

    SECTION("open") {
      using namespace open_flag;
      CHECK(call.open("/tmp/none") == -ENOENT_);
      CHECK(call.open("") == -ENOENT_);
      CHECK(call.open("/tmp/none/deeper", creat) == -ENOENT_);
      CHECK(call.open("/tmp/file/below") == -ENOTDIR_);
      CHECK(call.open("/tmp/file/") == -ENOTDIR_);
      CHECK(call.open("/tmp/file", directory) == -ENOTDIR_);
      CHECK(call.open("/tmp/dir", wronly) == -EISDIR_);
      CHECK(call.open("/tmp/dir", creat) == -EISDIR_);
      CHECK(call.open("/tmp/file", creat | excl) == -EEXIST_);
      CHECK(call.open("/tmp/dangling", creat | excl) == -EEXIST_);
      CHECK(call.open("/tmp/loop") == -ELOOP_);
      CHECK(call.open("/tmp/dangling", nofollow) == -ELOOP_);
      CHECK(call.open("/tmp/dangling") == -ENOENT_);
      CHECK(call.open(("/tmp/" + long_name).c_str()) == -ENAMETOOLONG_);
      CHECK(call.open(long_path.c_str()) == -ENAMETOOLONG_);
      CHECK(call(nr::openat, {std::int64_t{77}, "file", std::int64_t{0}, std::int64_t{0}}) == -EBADF_);
    }
    SECTION("descriptors") {
      const auto readable = call.open("/tmp/file"), writable = call.open("/tmp/file", open_flag::wronly);
      const auto directory = call.open("/tmp/dir"), handle = call.open("/tmp/file", open_flag::path);
      CHECK(call.write(readable, 1) == -EBADF_);
      CHECK(call.read(writable, 1) == -EBADF_);
      CHECK(call.read(directory, 1) == -EISDIR_);
      CHECK(call.read(handle, 1) == -EBADF_);
      CHECK(call.read(99, 1) == -EBADF_);
      CHECK(call(nr::lseek, {readable, std::int64_t{-1}, std::int64_t{0}}) == -EINVAL_);
      CHECK(call(nr::lseek, {readable, std::int64_t{0}, std::int64_t{9}}) == -EINVAL_);
      CHECK(call(nr::pread64, {readable, call.buffer, std::int64_t{1}, std::int64_t{-1}}) == -EINVAL_);
      CHECK(call(nr::getdents64, {readable, call.buffer, std::int64_t{100}}) == -ENOTDIR_);
      CHECK(call(nr::getdents64, {directory, call.buffer, std::int64_t{8}}) == -EINVAL_);
      CHECK(call(nr::ftruncate, {readable, std::int64_t{0}}) == -EINVAL_);
      CHECK(call(nr::openat, {readable, "x", std::int64_t{0}, std::int64_t{0}}) == -ENOTDIR_);
    }
    SECTION("names") {
      CHECK(call.mkdir("/tmp/dir") == -EEXIST_);
      CHECK(call.mkdir("/tmp/none/dir") == -ENOENT_);
      CHECK(call.unlink("/tmp/none") == -ENOENT_);
      CHECK(call.unlink("/tmp/dir") == -EISDIR_);
      CHECK(call(nr::rmdir, {"/tmp/dir"}) == -ENOTEMPTY_);
      CHECK(call(nr::rmdir, {"/tmp/file"}) == -ENOTDIR_);
      CHECK(call(nr::rmdir, {"/tmp/dir/."}) == -EINVAL_);
      CHECK(call(nr::rmdir, {"/tmp"}) == -ENOTEMPTY_);
      CHECK(call(nr::link, {"/tmp/dir", "/tmp/other"}) == -EPERM_);
      CHECK(call(nr::link, {"/tmp/file", "/tmp/dir"}) == -EEXIST_);
      CHECK(call(nr::link, {"/tmp/file", "/dev/shm/file"}) == -EXDEV_);
      CHECK(call(nr::symlink, {"x", "/tmp/file"}) == -EEXIST_);
      CHECK(call(nr::readlink, {"/tmp/file", call.buffer, std::int64_t{10}}) == -EINVAL_);
      CHECK(call(nr::readlink, {"/tmp/dangling", call.buffer, std::int64_t{3}}) == 3);
      CHECK(call(nr::chdir, {"/tmp/file"}) == -ENOTDIR_);
      CHECK(call(nr::access, {"/tmp/none", std::int64_t{0}}) == -ENOENT_);
    }
    SECTION("rename") {
      CHECK(call.rename("/tmp/none", "/tmp/x") == -ENOENT_);
      CHECK(call.rename("/tmp/dir", "/tmp/dir/below") == -EINVAL_);
      CHECK(call.rename("/tmp/dir", "/tmp/file") == -ENOTDIR_);
      CHECK(call.rename("/tmp/file", "/tmp/dir") == -EISDIR_);
      CHECK(call.rename("/tmp/file", "/dev/shm/file") == -EXDEV_);
      REQUIRE(call.mkdir("/tmp/empty") == 0);
      CHECK(call.rename("/tmp/empty", "/tmp/dir") == -ENOTEMPTY_);
    }
  });
}

TEST_CASE("permissions hold for those without capabilities") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.create("/tmp/private") == 0);
    REQUIRE(call(nr::chmod, {"/tmp/private", std::int64_t{0600}}) == 0);
    REQUIRE(call.mkdir("/tmp/closed") == 0);
    REQUIRE(call(nr::chmod, {"/tmp/closed", std::int64_t{0700}}) == 0);
    Credentials& who = t.process->credentials;
    who.uid = who.euid = who.suid = who.fsuid = who.gid = who.egid = who.sgid = who.fsgid = 1000;
    who.capabilities = 0;
    CHECK(call.open("/tmp/private") == -EACCES_);
    CHECK(call.open("/tmp/closed/x", open_flag::creat | open_flag::rdwr) == -EACCES_);
    CHECK(call.create("/root/x") == -EACCES_);
    CHECK(call.unlink("/tmp/private") == -EPERM_);  // the sticky bit of /tmp
    CHECK(call(nr::chmod, {"/tmp/private", std::int64_t{0666}}) == -EPERM_);
    CHECK(call.create("/tmp/own") == 0);
    CHECK(call.unlink("/tmp/own") == 0);
  });
}
