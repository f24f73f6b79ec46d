#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("links below /proc/self lead to what they show") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.create("/tmp/program", 100) == 0);
    t.process->executable = "/tmp/program";
    const auto link = [&](const char* path) {
      const auto length = call(nr::readlink, {path, call.buffer, std::int64_t{100}});
      return length < 0 ? std::to_string(length) : call.out.text.substr(0, static_cast<std::size_t>(length));
    };
    CHECK(link("/proc/self") == std::to_string(t.process->pid));
    CHECK(link("/proc/self/exe") == "/tmp/program");
    CHECK(call.stat("/proc/self/exe") == 0);
    CHECK(call.out.stat.size == 100);
    REQUIRE(call(nr::chdir, {"/tmp"}) == 0);
    CHECK(link("/proc/self/cwd") == "/tmp");
    const auto fd = call.open("/tmp/program");
    CHECK(link(("/proc/self/fd/" + std::to_string(fd)).c_str()) == "/tmp/program");
    CHECK(call.open(("/proc/self/fd/" + std::to_string(fd)).c_str()) == fd + 1);
    CHECK(call.close(fd) == 0);
    CHECK(link(("/proc/self/fd/" + std::to_string(fd)).c_str()) == std::to_string(-ENOENT_));
    CHECK(call.stat("/proc/999999") == -ENOENT_);
  });
}

TEST_CASE("files of procfs have no size and yet contents, recorded ones read as recorded") {
  FsFixture fixture;
  const auto context = fixture.k->vfs->initial_context();
  fixture.k->vfs->populate(*context, {.path = "/proc/meminfo", .mode = 0100444, .read_sizes = {1024, 391}});
  fixture.run([](Thread& t) {
    Caller call(t);
    for (const char* path : {"/proc/self/maps", "/proc/cpuinfo", "/proc/self/status", "/proc/filesystems"}) {
      CHECK(call.stat(path) == 0);
      CHECK(call.out.stat.size == 0);
      const auto fd = call.open(path);
      CHECK(call.read(fd, 4096) > 0);
      call.close(fd);
    }
    const auto fd = call.open("/proc/meminfo");
    CHECK(call.read(fd, 1024) == 1024);
    CHECK(call.read(fd, 1024) == 391);
    CHECK(call.read(fd, 1024) == 0);
  });
}

TEST_CASE("getcwd counts the terminating byte") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.mkdir("/tmp/work") == 0);
    REQUIRE(call(nr::chdir, {"/tmp/work"}) == 0);
    CHECK(call(nr::getcwd, {call.buffer, std::int64_t{100}}) == 10);
    CHECK(call.out.text == "/tmp/work");
    CHECK(call(nr::getcwd, {call.buffer, std::int64_t{9}}) == -ERANGE_);
    REQUIRE(call(nr::rmdir, {"/tmp/work"}) == 0);
    CHECK(call(nr::getcwd, {call.buffer, std::int64_t{100}}) == -ENOENT_);
  });
}

TEST_CASE("the initial tree can take away what boot made, if it is empty") {
  FsFixture fixture;
  const auto context = fixture.k->vfs->initial_context();
  const auto absent = [&](const char* path) {
    return fixture.k->vfs->populate(*context, {.path = path, .mode = 0});
  };
  CHECK(absent("/home") == 0);
  CHECK(absent("/sys/fs/fuse") == 0);
  CHECK(absent("/proc/swaps") == 0);
  CHECK(absent("/never/there") == 0);
  CHECK(absent("/sys/devices") == -ENOTEMPTY_);
  CHECK(absent("/proc") == -EBUSY_);
  fixture.run([](Thread& t) {
    Caller call(t);
    for (const char* path : {"/home", "/sys/fs/fuse", "/proc/swaps"}) CHECK(call.stat(path) == -ENOENT_);
    CHECK(call.stat("/sys/fs/ext4") == 0);
  });
}
