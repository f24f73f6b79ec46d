// What a descriptor that does not block finds is a matter of timing; a replayed program is given what it was
// given.
#include "tests/workloads/replay_text.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("a reader that does not block finds what it found, though others are slower here", "[replay]") {
  const std::string_view text =
      "1 pipe2([3, 4], O_NONBLOCK) = 0\n"
      "1 fork() = 2\n"
      "1 read(3, \"01234567890123456789\"..., 100) = 20\n"
      "1 read(3, 0x7ffd, 100) = -1 EAGAIN (Resource temporarily unavailable)\n"
      "2 write(4, \"0123456789\", 10) = 10\n"
      "2 write(4, \"0123456789\", 10) = 10\n";
  for (const char* platform : {"native", "gvisor-kvm"}) check_agrees(replay_text(text, platform), 6);
}

TEST_CASE("what a reader did not find is there for its next read", "[replay]") {
  const workloads::Result result = replay_text(
      "1 pipe2([3, 4], O_NONBLOCK) = 0\n"
      "1 write(4, \"0123456789\", 10) = 10\n"
      "1 read(3, 0x7ffd, 100) = -1 EAGAIN (Resource temporarily unavailable)\n"
      "1 read(3, \"0123456789\", 100) = 10\n");
  CHECK(result.compared == 4);
  CHECK(result.agree == 3);  // the read that should have found nothing
}

TEST_CASE("a short write to a full pipe leaves the rest to the program", "[replay]") {
  const std::string_view text =
      "1 pipe2([3, 4], O_NONBLOCK) = 0\n"
      "1 write(4, \"x\"..., 8192) = 4096\n"
      "1 write(4, \"x\"..., 4096) = 4096\n"
      "1 read(3, \"x\"..., 10000) = 8192\n"
      "1 read(3, 0x7ffd, 10000) = -1 EAGAIN (Resource temporarily unavailable)\n";
  check_agrees(replay_text(text), 5);
}

TEST_CASE("a wait ends with all that were ready together", "[replay]") {
  const std::string_view writes =
      "2 write(4, \"x\", 1) = 1\n"
      "2 write(6, \"x\", 1) = 1\n";
  const std::string pipes =
      "1 pipe([3, 4]) = 0\n"
      "1 pipe([5, 6]) = 0\n";
  check_agrees(replay_text(pipes +
                           "1 fork() = 2\n"
                           "1 poll([{fd=3, events=POLLIN}, {fd=5, events=POLLIN}], 2, -1) = 2 "
                           "([{fd=3, revents=POLLIN}, {fd=5, revents=POLLIN}])\n" +
                           std::string(writes)),
               6);
  for (const char* trigger : {"EPOLLIN", "EPOLLIN|EPOLLET"}) {
    const std::string add = std::string("{events=") + trigger;
    check_agrees(replay_text(pipes + "1 epoll_create1(0) = 7\n1 epoll_ctl(7, EPOLL_CTL_ADD, 3, " + add +
                             ", data={u32=3, u64=3}}) = 0\n1 epoll_ctl(7, EPOLL_CTL_ADD, 5, " + add +
                             ", data={u32=5, u64=5}}) = 0\n1 fork() = 2\n"
                             "1 epoll_wait(7, [{events=EPOLLIN, data={u32=3, u64=3}}, "
                             "{events=EPOLLIN, data={u32=5, u64=5}}], 8, -1) = 2\n" +
                             std::string(writes)),
                 9);
  }
}
