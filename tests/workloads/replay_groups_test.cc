// Process groups, names of processes, and deaths that a replay meets at another moment than the record.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "kernel-model/abi/errno.h"
#include "tests/workloads/replay_text.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("a program starts in the group of whoever started it, and may lead one", "[replay]") {
  check_agrees(replay_text("20 setpgid(0, 0) = 0\n"
                           "20 getpgrp() = 20\n"
                           "20 getpgid(0) = 20\n"),
               3);
  check_agrees(replay_text("20 setsid() = 20\n"
                           "20 setpgid(0, 0) = -1 EPERM (Operation not permitted)\n"),
               2);
}

TEST_CASE("a group's or a session's leader at the start is one in the replay", "[replay]") {
  check_agrees(replay_text("20 getpgrp() = 20\n20 setsid() = -1 EPERM (Operation not permitted)\n"), 2);
  check_agrees(replay_text("20 setpgid(0, 0) = -1 EPERM (Operation not permitted)\n"), 1);
}

TEST_CASE("children go back to the group that the program was started in", "[replay]") {
  const std::string_view text =
      "20 getpgrp() = 11\n"
      "20 fork() = 21\n"
      "20 setpgid(21, 21) = 0\n"
      "20 setpgid(21, 11) = 0\n"
      "20 setpgid(21, 12) = -1 EPERM (Operation not permitted)\n"
      "20 setpgid(21, 21) = 0\n"
      "20 kill(-21, SIGKILL) = 0\n"
      "21 +++ killed by SIGKILL +++\n"
      "20 wait4(-21, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 21\n";
  check_agrees(replay_text(text), 7);  // who leads that group has no number to compare
}

TEST_CASE("a thread is named by its number below /proc/self/task, too", "[replay]") {
  check_agrees(replay_text("4711 getpid() = 4711\n"
                           "4711 access(\"/proc/self/task/4711/stat\", R_OK) = 0\n"
                           "4711 access(\"/proc/self/task/4712/stat\", R_OK) = -1 ENOENT (No such file)\n"),
               3);
}

TEST_CASE("a parent that heard of each child's death is told of each", "[replay]") {
  // Both die before the parent, who computes, takes the first signal.
  check_agrees(
      replay_text(
          "10 1700000000.000 fork() = 11\n"
          "10 1700000000.001 fork() = 12\n"
          "11 1700000000.002 exit_group(0) = ?\n"
          "11 1700000000.003 +++ exited with 0 +++\n"
          "12 1700000000.004 exit_group(0) = ?\n"
          "12 1700000000.005 +++ exited with 0 +++\n"
          "10 1700000000.010 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=11, si_uid=0} ---\n"
          "10 1700000000.011 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=12, si_uid=0} ---\n"
          "10 1700000000.012 wait4(11, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 11\n"),
      3);
}

TEST_CASE("a write that found no reader waits for the close that seems to have begun after it", "[replay]") {
  check_agrees(replay_text("10 1700000000.000000 pipe([3, 4]) = 0\n"
                           "10 1700000000.000010 rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN}, NULL, 8) = 0\n"
                           "10 1700000000.000020 fork() = 11\n"
                           "10 1700000000.000040 close(3) = 0\n"
                           "10 1700000000.000100 write(4, \"x\", 1 <unfinished ...>\n"
                           "11 1700000000.000110 close(3) = 0 <0.000005>\n"
                           "10 1700000000.000120 <... write resumed>) = -1 EPIPE (Broken pipe)\n"),
               6);
}

TEST_CASE("a list that strace cut off counts on", "[replay]") {
  std::string list;
  for (int fd = 0; fd < 32; ++fd) list += "{fd=" + std::to_string(fd) + ", events=POLLIN}, ";
  check_agrees(replay_text("1 close(0) = 0\n1 close(1) = 0\n1 close(2) = 0\n1 poll([" + list +
                           "...], 40, 0) = 40 ([{fd=0, revents=POLLNVAL}, ...])\n"),
               4);
}

TEST_CASE("a container has terminals of its own, and an unnamed file gets a name there", "[replay]") {
  const std::string_view text =
      "1 openat(AT_FDCWD, \"/dev/ptmx\", O_RDWR|O_NOCTTY) = 3\n"
      "1 ioctl(3, TIOCGPTN, [0]) = 0\n"
      "1 openat(AT_FDCWD, \"/tmp\", O_RDWR|O_EXCL|O_TMPFILE, 0600) = 4\n"
      "1 write(4, \"x\", 1) = 1\n"
      "1 openat(AT_FDCWD, \"/proc\", O_RDWR|O_TMPFILE, 0600) = -1 EOPNOTSUPP (Operation not supported)\n";
  check_agrees(replay_text(text), 5);
  const workloads::Result contained = replay_text(text, "runc");
  check_agrees(contained, 5);
  CHECK(contained.known_differences.size() == 1);
}
