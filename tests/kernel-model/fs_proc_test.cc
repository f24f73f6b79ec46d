#include "kernel-model/process/namespaces.h"
#include "tests/kernel-model/process_calls.h"

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
  fixture.k->vfs->populate(*context, {.path = "/proc/meminfo", .mode = 0100444, .readings = {{1024, 391}}});
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

TEST_CASE("each reading from the start is the next recorded one, the last one repeats") {
  FsFixture fixture;
  const auto context = fixture.k->vfs->initial_context();
  fixture.k->vfs->populate(*context, {.path = "/proc/uptime", .mode = 0100444, .readings = {{10}, {}, {12}}});
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/proc/uptime");
    CHECK(call.read(fd, 4) == 4);
    CHECK(call.read(fd, 1024) == 6);
    CHECK(call.read(fd, 1024) == 0);
    for (const int bytes : {0, 12, 12}) {
      const auto again = call.open("/proc/uptime");
      CHECK(call.read(again, 1024) == bytes);
    }
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

TEST_CASE("a descriptor's fdinfo is a file, whatever the descriptor is of") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto socket = call(nr::socket, {std::int64_t{1}, std::int64_t{1}, std::int64_t{0}});
    const auto event = call(nr::eventfd2, {std::int64_t{3}, std::int64_t{0}});
    const auto length = [&](std::int64_t of) {
      const auto fd = call.open(("/proc/self/fdinfo/" + std::to_string(of)).c_str());
      const auto bytes = call.read(fd, 4096);
      call.close(fd);
      return bytes;
    };
    CHECK(call.open(("/proc/self/fd/" + std::to_string(socket)).c_str()) == -ENXIO_);
    CHECK(length(socket) ==
          static_cast<std::int64_t>(std::string("pos:\t0\nflags:\t02\nmnt_id:\t8\n").size()));
    CHECK(length(event) == length(socket) + 32);  // "eventfd-count:                3\n"
    CHECK(call.stat("/proc/self/fdinfo/99") == -ENOENT_);
  });
}

TEST_CASE("a process goes before a folder of the recorded /proc that has its number") {
  FsFixture fixture;
  const auto context = fixture.k->vfs->initial_context();
  constexpr std::int32_t kFirst = 1000;
  for (std::int32_t pid = 1; pid < kFirst + 50; ++pid)
    fixture.k->vfs->populate(*context, {.path = "/proc/" + std::to_string(pid), .mode = 0040555});
  fixture.run([](Thread& t) {
    Caller call(t);
    CHECK(call.stat("/proc/self/status") == 0);
    CHECK(call.stat("/proc/7") == 0);
    CHECK(call.stat("/proc/7/status") == -ENOENT_);
  });
}

TEST_CASE("procfs numbers processes as the name space of whoever mounted it does") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.mkdir("/tmp/proc") == 0);
    const auto self = [](Caller& c, const char* path) {
      const auto length = c(nr::readlink, {path, c.buffer, std::int64_t{100}});
      return length < 0 ? std::to_string(length) : c.out.text;
    };
    const auto pid = fork(
        t,
        [&](Thread& init) {
          Caller own(init);
          CHECK(own(nr::mount, {"proc", "/tmp/proc", "proc", std::int64_t{0}}) == 0);
          CHECK(self(own, "/tmp/proc/self") == "1");
          CHECK(self(own, "/tmp/proc/thread-self") == "1/task/1");
          CHECK(self(own, "/proc/self") == std::to_string(init.process->pid));
          CHECK(own.stat("/tmp/proc/1/task/1/status") == 0);
          CHECK(own.stat("/tmp/proc/2") == -ENOENT_);
          own(nr::nanosleep, {Payload(Timespec{sim::milliseconds(20)})});
        },
        clone_flag::newpid | 17);
    sleep(t, 10);
    CHECK(self(call, "/tmp/proc/self") == std::to_string(-ENOENT_));  // not in there
    CHECK(call.stat("/tmp/proc/1") == 0);
    CHECK(call.stat(("/tmp/proc/" + std::to_string(t.process->pid)).c_str()) == -ENOENT_);
    CHECK(call.stat(("/proc/" + std::to_string(pid)).c_str()) == 0);
    wait(t);
  });
}

TEST_CASE("an instance of devpts has a ptmx of its own, for whom its mode lets in") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    REQUIRE(call.mkdir("/tmp/pts") == 0);
    const std::int64_t none = 0;
    CHECK(call(nr::mount, {"devpts", "/tmp/pts", "devpts", none, "newinstance,ptmxmode=0666"}) == 0);
    CHECK(call.stat("/tmp/pts/ptmx") == 0);
    CHECK(call.out.stat.mode == (file_mode::character | 0666));
    CHECK(call.open("/tmp/pts/ptmx", open_flag::rdwr | open_flag::noctty) >= 0);
    CHECK(call(nr::mount, {"devpts", "/tmp/pts", "devpts", none, "newinstance"}) == 0);
    CHECK(call.stat("/tmp/pts/ptmx") == 0);
    CHECK(call.out.stat.mode == file_mode::character);
  });
}
