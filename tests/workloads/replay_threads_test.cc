// Threads that wait for each other, and for what does not come: whom a wake finds, and that a replay ends.
#include <catch2/catch.hpp>

#include "tests/workloads/replay_text.h"

namespace isosim::workloads {
namespace {

using test::check_agrees;
using test::replay_text;

const std::string kThreads =
    "1 1700000000.000001 clone(child_stack=0x1, "
    "flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD) = 2 <0.000001>\n"
    "1 1700000000.000002 clone(child_stack=0x1, "
    "flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD) = 3 <0.000001>\n";

TEST_CASE("a wake finds the waiter that it woke in the record, not the one that was entered first",
          "[replay]") {
  // Had it woken thread 2, which wakes nobody, thread 3 would wait for ever.
  check_agrees(
      replay_text(kThreads +
                  "2 1700000000.001000 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>\n"
                  "3 1700000000.001010 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>\n"
                  "1 1700000000.002000 futex(0x7f0000001000, FUTEX_WAKE_PRIVATE, 1) = 1 <0.000010>\n"
                  "3 1700000000.002020 <... futex resumed>) = 0 <0.001010>\n"
                  "3 1700000000.003000 futex(0x7f0000001000, FUTEX_WAKE_PRIVATE, 1) = 1 <0.000010>\n"
                  "2 1700000000.003020 <... futex resumed>) = 0 <0.002020>\n"
                  "2 1700000000.004000 getppid() = 7 <0.000001>\n"),
      6);
}

TEST_CASE("a wake of all leaves alone who came later", "[replay]") {
  check_agrees(
      replay_text(kThreads +
                  "2 1700000000.001000 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>\n"
                  "1 1700000000.002000 futex(0x7f0000001000, FUTEX_WAKE_PRIVATE, 2147483647) = 1 <0.000010>\n"
                  "2 1700000000.002020 <... futex resumed>) = 0 <0.001010>\n"
                  "3 1700000000.002100 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>\n"
                  "1 1700000000.003000 futex(0x7f0000001000, FUTEX_WAKE_PRIVATE, 1) = 1 <0.000010>\n"
                  "3 1700000000.003020 <... futex resumed>) = 0 <0.001010>\n"),
      6);
}

TEST_CASE("a process wakes another that waits in memory that they share", "[replay]") {
  const auto result = [](const std::string& platform) {
    return replay_text(
        "1 1700000000.000001 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0) = "
        "0x7f0000001000 <0.000001>\n"
        "1 1700000000.000100 fork() = 2 <0.000001>\n"
        "1 1700000000.001000 futex(0x7f0000001100, FUTEX_WAIT, 2, NULL <unfinished ...>\n"
        "2 1700000000.002000 futex(0x7f0000001100, FUTEX_WAKE, 1) = 1 <0.000001>\n"
        "1 1700000000.002010 <... futex resumed>) = 0 <0.001010>\n"
        "2 1700000000.003000 exit_group(0) = ?\n",
        platform);
  };
  check_agrees(result("native"), 3);
  check_agrees(result("gvisor-kvm"), 3);
}

TEST_CASE("a wake in flight may wake who comes into the queue later, and misses who came too late",
          "[replay]") {
  check_agrees(
      replay_text(kThreads +
                  "2 1700000000.001000 futex(0x7f0000001000, FUTEX_WAKE_PRIVATE, 1 <unfinished ...>\n"
                  "3 1700000000.001500 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>\n"
                  "2 1700000000.001600 <... futex resumed>) = 1 <0.000600>\n"
                  "3 1700000000.001610 <... futex resumed>) = 0 <0.000110>\n"
                  "3 1700000000.002000 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>\n"
                  "2 1700000000.002010 futex(0x7f0000001000, FUTEX_WAKE_PRIVATE, 1) = 0 <0.000010>\n"
                  "2 1700000000.002100 futex(0x7f0000001000, FUTEX_WAKE_PRIVATE, 1) = 1 <0.000010>\n"
                  "3 1700000000.002120 <... futex resumed>) = 0 <0.000120>\n"),
      7);
}

TEST_CASE("of two threads that open at the same time each gets the descriptor that it got", "[replay]") {
  check_agrees(
      replay_text(kThreads +
                  "2 1700000000.001000 openat(AT_FDCWD, \"/etc/a\", O_RDONLY <unfinished ...>\n"
                  "3 1700000000.001010 openat(AT_FDCWD, \"/etc/b\", O_RDONLY|O_CLOEXEC) = 3 <0.000010>\n"
                  "2 1700000000.001050 <... openat resumed>) = 4 <0.000050>\n"
                  "2 1700000000.002000 fcntl(4, F_GETFD) = 0 <0.000010>\n"
                  "2 1700000000.003000 fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC) <0.000010>\n"
                  "2 1700000000.004000 close(3) = 0 <0.000010>\n"
                  "3 1700000000.005000 close(4) = 0 <0.000010>\n"),
      8);
}

// Nobody wakes the waiter; something else goes on all the time, or ends in a day.
void check_ends(const std::string& other, const std::string& platform) {
  const Result result = replay_text(
      "1 1700000000.000000 rt_sigprocmask(SIG_BLOCK, [ALRM], NULL, 8) = 0 <0.000001>\n" + other +
          "1 1700000000.000010 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, NULL) = 0 <0.000100>\n"
          "1 1700000000.000200 getppid() = 7 <0.000001>\n",
      platform);
  CHECK(result.forced == 1);
  REQUIRE(result.forced_calls.size() == 1);
  CHECK(result.forced_calls[0].call == "futex");
  CHECK(result.calls == 4);
  CHECK(result.simulated.seconds() < 0.1);
}

TEST_CASE("a replay ends although a timer expires again and again", "[replay]") {
  const std::string timer =
      "1 1700000000.000001 setitimer(ITIMER_REAL, {it_interval={tv_sec=0, tv_usec=100}, "
      "it_value={tv_sec=0, tv_usec=100}}, NULL) = 0 <0.000001>\n";
  check_ends(timer, "native");
  check_ends(timer, "gvisor-kvm");
}

TEST_CASE("a replay does not go on until an alarm of a day", "[replay]") {
  check_ends("1 1700000000.000001 alarm(86400) = 0 <0.000001>\n", "native");
}

TEST_CASE("what the program slept in the record is waited for", "[replay]") {
  const Result result = replay_text(
      "1 1700000000.000000 alarm(86400) = 0 <0.000001>\n"
      "1 1700000000.000100 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=100, tv_nsec=0}, NULL) = 0 "
      "<100.000100>\n"
      "1 1700000100.001000 getppid() = 7 <0.000001>\n");
  check_agrees(result, 2);
  CHECK(result.simulated.seconds() > 100);
}

TEST_CASE("who makes descriptors at once gets the numbers that the record has", "[replay]") {
  // Thread 2 enters openat first and takes its number last: 3 is gone and 4 free again by then.
  check_agrees(replay_text("1 1700000000.000000 clone(child_stack=0x7f0000001000, "
                           "flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD) = 2 <0.000020>\n"
                           "1 1700000000.000100 openat(AT_FDCWD, \"/etc/a\", O_RDONLY) = 3 <0.000005>\n"
                           "1 1700000000.000200 openat(AT_FDCWD, \"/etc/b\", O_RDONLY) = 4 <0.000005>\n"
                           "1 1700000000.000300 close(3) = 0 <0.000005>\n"
                           "2 1700000000.000400 openat(AT_FDCWD, \"/etc/c\", O_RDONLY <unfinished ...>\n"
                           "1 1700000000.000500 close(4) = 0 <0.000005>\n"
                           "1 1700000000.000600 openat(AT_FDCWD, \"/etc/d\", O_RDONLY) = 3 <0.000005>\n"
                           "2 1700000000.000700 <... openat resumed>) = 4 <0.000300>\n"
                           "2 1700000000.000800 close(4) = 0 <0.000005>\n"
                           "1 1700000000.000900 close(3) = 0 <0.000005>\n"),
               9);
}

TEST_CASE("who waits rightly for one that is stuck is not forced", "[replay]") {
  const Result result = replay_text(
      "1 1700000000.000000 fork() = 2 <0.000020>\n"
      "1 1700000000.000100 wait4(2, NULL, 0, NULL <unfinished ...>\n"
      "2 1700000000.000200 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, NULL) = 0 <0.000100>\n"
      "2 1700000000.000400 exit_group(0) = ?\n"
      "2 1700000000.000500 +++ exited with 0 +++\n"
      "1 1700000000.000600 <... wait4 resumed>) = 2 <0.000500>\n");
  CHECK(result.forced == 1);
  REQUIRE(result.forced_calls.size() == 1);
  CHECK(result.forced_calls[0].call == "futex");
  CHECK(result.forced_calls[0].line == 3);
  CHECK(result.agree == result.compared);
}

}  // namespace
}  // namespace isosim::workloads
