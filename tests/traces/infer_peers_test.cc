#include "traces/infer_peers.h"

#include <catch2/catch.hpp>

#include "tests/traces/trace_files.h"
#include "traces/trace.h"

namespace isosim::traces {
namespace {

Peers peers_of(std::string_view text) {
  const Trace trace = Trace::parse(text);
  return infer_peers(trace);
}

TEST_CASE("a connection to a traced listener is inside, any other outside") {
  const Peers peers = peers_of(
      "1 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3\n"
      "1 bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0\n"
      "1 listen(3, 5) = 0\n"
      "1 getsockname(3, {sa_family=AF_INET, sin_port=htons(4000), sin_addr=inet_addr(\"127.0.0.1\")}, [16]) "
      "= 0\n"
      "1 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4\n"
      "1 connect(4, {sa_family=AF_INET, sin_port=htons(4000), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0\n"
      "1 accept(3, {sa_family=AF_INET, sin_port=htons(50000), sin_addr=inet_addr(\"127.0.0.1\")}, [16]) = 5\n"
      "1 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 6\n"
      "1 connect(6, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"10.0.0.1\")}, 16) = 0\n"
      "1 socket(AF_UNIX, SOCK_STREAM, 0) = 7\n"
      "1 connect(7, {sa_family=AF_UNIX, sun_path=\"/none\"}, 110) = -1 ENOENT (No such file or directory)\n");
  CHECK(peers.of(1, 4) == Peer::inside);
  CHECK(peers.of(1, 6) == Peer::inside);
  CHECK(peers.of(1, 7) == Peer::outside);
  CHECK(peers.of(1, 9) == Peer::none);
}

TEST_CASE(
    "an accept that no traced connect explains came from outside, and makes the listener face outside") {
  const Peers peers = peers_of(
      "1 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3\n"
      "1 bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"0.0.0.0\")}, 16) = 0\n"
      "1 listen(3, 5) = 0\n"
      "1 accept4(3, {sa_family=AF_INET, sin_port=htons(50000), sin_addr=inet_addr(\"10.0.0.2\")}, [16], 0) = "
      "4\n");
  CHECK(peers.of(1, 0) == Peer::outside);
  CHECK(peers.of(1, 3) == Peer::outside);
}

TEST_CASE("standard descriptors are known by what calls on them show") {
  const Peers peers = peers_of(
      "1 fstat(0, {st_mode=S_IFIFO|0600, st_size=0, ...}) = 0\n"
      "1 ioctl(1, TCGETS, {B38400 opost isig icanon echo ...}) = 0\n"
      "1 fstat(2, {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}) = 0\n"
      "1 read(9</srv/data>, \"\"..., 10) = 10\n");
  REQUIRE(peers.initial.size() == 4);
  CHECK(peers.initial[0].kind == DescriptorKind::pipe_read);
  CHECK(peers.initial[0].peer == Peer::outside);
  CHECK(peers.initial[1].kind == DescriptorKind::tty);
  CHECK(peers.initial[2].kind == DescriptorKind::null_device);
  CHECK(peers.initial[3].fd == 9);
  CHECK(peers.initial[3].path == "/srv/data");
}

TEST_CASE("a descriptor that can be sought in is no pipe, and the first open of the terminal tells of it") {
  const Peers peers = peers_of(
      "1 lseek(0, 0, SEEK_CUR) = 0\n"
      "1 lseek(1, 0, SEEK_CUR) = -1 ESPIPE (Illegal seek)\n"
      "1 openat(AT_FDCWD, \"/dev/tty\", O_RDWR) = 3\n"
      "1 openat(AT_FDCWD, \"/dev/tty\", O_RDWR) = -1 ENXIO (No such device or address)\n");
  CHECK(peers.initial[0].kind == DescriptorKind::null_device);
  CHECK(peers.initial[1].kind == DescriptorKind::pipe_write);
  CHECK(peers.terminal);
}

TEST_CASE("where an inherited file stood is read back from the first look at its position") {
  const Peers peers = peers_of(
      "1 write(1</var/log/x>, \"abc\", 3) = 3\n"
      "1 lseek(1</var/log/x>, 0, SEEK_CUR) = 11\n"
      "1 lseek(1</var/log/x>, 0, SEEK_CUR) = 11\n");
  CHECK(peers.initial[1].position == 8);
  CHECK(peers.initial[2].position == 0);
}

TEST_CASE("numbers below the first new descriptor are taken, but not among threads") {
  const Peers peers = peers_of(
      "1 openat(AT_FDCWD, \"/etc\", O_RDONLY) = 4\n"
      "1 fcntl(1, F_DUPFD, 10) = 11\n"
      "1 clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD) = 2\n"
      "2 openat(AT_FDCWD, \"/etc\", O_RDONLY) = 6\n"
      "1 openat(AT_FDCWD, \"/etc\", O_RDONLY) = 5\n"
      "1 openat(AT_FDCWD, \"/etc\", O_RDONLY) = 8\n");
  std::vector<std::int32_t> fds;
  for (const auto& initial : peers.initial) fds.push_back(initial.fd);
  CHECK(fds == std::vector<std::int32_t>{0, 1, 2, 3, 7, 10});  // 7: no thread ever got it
}

TEST_CASE("a listing of its descriptors tells what a program inherited") {
  const Peers peers = peers_of(
      "1 openat(AT_FDCWD, \"/proc/self/fd\", O_RDONLY|O_DIRECTORY) = 3\n"
      "1 getdents64(3, [{d_ino=1, d_off=1, d_reclen=24, d_type=DT_DIR, d_name=\".\"}, "
      "{d_ino=2, d_off=3, d_reclen=24, d_type=DT_LNK, d_name=\"3\"}, "
      "{d_ino=2, d_off=4, d_reclen=24, d_type=DT_LNK, d_name=\"251\"}], 32768) = 72\n");
  std::vector<std::int32_t> fds;
  for (const auto& initial : peers.initial) fds.push_back(initial.fd);
  CHECK(fds == std::vector<std::int32_t>{0, 1, 2, 251});
}

TEST_CASE("only a number that the kernel chose tells of those below it") {
  const auto known = [](std::string_view text) { return peers_of(text).initial.size(); };
  CHECK(known("1 eventfd2(0, 0) = 5\n") == 5);
  CHECK(known("1 signalfd4(-1, [INT], 8, 0) = 5\n") == 5);
  CHECK(known("1 signalfd4(5<anon_inode:[signalfd]>, [INT], 8, 0) = 5\n") == 4);
  CHECK(known("1 dup(0) = 5\n") == 5);
  CHECK(known("1 dup2(0, 5) = 5\n") == 3);
  CHECK(known("1 pipe([5, 6]) = 0\n") == 3);
}

TEST_CASE(
    "descriptors 0, 1 and 2 of every real trace are listed once, and servers meet clients from outside") {
  for (const auto& file : test_traces()) {
    INFO(file);
    const Peers peers = infer_peers(Trace::open(file));
    REQUIRE(peers.initial.size() >= 3);
    for (std::size_t i = 0; i + 1 < peers.initial.size(); ++i)
      CHECK(peers.initial[i].fd < peers.initial[i + 1].fd);
    for (std::int32_t fd = 0; fd < 3; ++fd) CHECK(peers.initial[static_cast<std::size_t>(fd)].fd == fd);
  }
  const Peers nginx = infer_peers(Trace::open(trace_folder() / "nginx_ab_500.strace.zst"));
  CHECK(nginx.outside >= 500);
}

TEST_CASE("a character device that was there and is no terminal is the null device") {
  const Peers peers = peers_of(
      "1 fstat(1, {st_mode=S_IFCHR|0666, st_size=0, ...}) = 0\n"
      "1 fstat(2, {st_mode=S_IFCHR|0620, st_size=0, ...}) = 0\n"
      "1 ioctl(1, TCGETS, 0x7ffe) = -1 ENOTTY (Inappropriate ioctl for device)\n");
  CHECK(peers.initial[1].kind == DescriptorKind::null_device);
  CHECK(peers.initial[2].kind == DescriptorKind::char_device);
}

TEST_CASE("a program leads its group or session at its start if calls show it") {
  const Peers plain = peers_of("7 getpgrp() = 5\n7 fork() = 8\n8 setpgid(0, 0) = 0\n8 getpgrp() = 8\n");
  CHECK(plain.group == 5);
  CHECK_FALSE(plain.leads_group);
  CHECK(peers_of("7 fork() = 8\n7 setpgid(8, 8) = 0\n7 setpgid(8, 5) = 0\n").group == 5);
  const Peers group = peers_of("7 setsid() = -1 EPERM (Operation not permitted)\n");
  CHECK(group.leads_group);
  CHECK_FALSE(group.leads_session);
  CHECK(peers_of("7 setpgid(0, 0) = -1 EPERM (Operation not permitted)\n").leads_session);
  CHECK(peers_of("7 getsid(0) = 7\n").leads_session);
}

}  // namespace
}  // namespace isosim::traces
