// Traces of container runtimes: pid namespaces, waits that outlast their timeouts, sockets between daemons.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "kernel-model/abi/errno.h"
#include "tests/workloads/replay_text.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("what is made within a pid namespace is found, though its maker was told another number",
          "[replay]") {
  // 20 is number 1 in its namespace, makes 21 and hears of it as 2.
  const std::string_view text =
      "10 1700000000.000 pipe([3, 4]) = 0\n"
      "10 1700000000.001 clone(child_stack=NULL, flags=CLONE_NEWPID|SIGCHLD) = 20\n"
      "20 1700000000.010 getpid() = 1\n"
      "20 1700000000.011 clone(child_stack=NULL, flags=SIGCHLD) = 2\n"
      "21 1700000000.020 getpid() = 2\n"
      "21 1700000000.021 write(4, \"x\", 1) = 1\n"
      "21 1700000000.022 exit_group(0) = ?\n"
      "21 1700000000.023 +++ exited with 0 +++\n"
      "20 1700000000.030 wait4(2, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 2\n"
      "20 1700000000.031 exit_group(0) = ?\n"
      "20 1700000000.032 +++ exited with 0 +++\n"
      "10 1700000000.040 wait4(20, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 20\n"
      "10 1700000000.041 read(3, \"x\", 1) = 1\n"
      "10 1700000000.042 exit_group(0) = ?\n";
  check_agrees(replay_text(text), 8);
}

TEST_CASE("a process is named by its number below /proc, too", "[replay]") {
  check_agrees(
      replay_text(
          "4711 1700000000.0 getpid() = 4711\n"
          "4711 1700000000.2 access(\"/proc/4711/task/4711/stat\", R_OK) = 0\n"
          "4711 1700000000.3 access(\"/proc/4712/stat\", R_OK) = -1 ENOENT (No such file or directory)\n"),
      3);
}

TEST_CASE("who was woken is woken in a slower replay, too, whatever its timeout", "[replay]") {
  // The waker computes for 50 ms, the waiter would give up after 10.
  const workloads::Result result = replay_text(
      "1 1700000000.000000 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, "
      "exit_signal=0}, 88) = 2\n"
      "1 1700000000.000002 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, {tv_sec=0, tv_nsec=10000000} "
      "<unfinished ...>\n"
      "2 1700000000.000003 getppid() = 7\n"
      "2 1700000000.050000 futex(0x7f0000001000, FUTEX_WAKE_PRIVATE, 1) = 1\n"
      "1 1700000000.050001 <... futex resumed>) = 0\n"
      "1 1700000000.050002 futex(0x7f0000001000, FUTEX_WAIT_PRIVATE, 0, {tv_sec=0, tv_nsec=10000000}) = -1 "
      "ETIMEDOUT (Connection timed out)\n");
  check_agrees(result, 4);
  CHECK(result.simulated.seconds() < 0.1);
}

TEST_CASE("an accept that does not block comes after the connection that it takes", "[replay]") {
  check_agrees(replay_text("1 1700000000.000 socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK, 0) = 3\n"
                           "1 1700000000.001 bind(3, {sa_family=AF_UNIX, sun_path=\"/tmp/s\"}, 9) = 0\n"
                           "1 1700000000.002 listen(3, 5) = 0\n"
                           "1 1700000000.003 fork() = 2\n"
                           "1 1700000000.010 accept4(3, NULL, NULL, SOCK_NONBLOCK) = -1 EAGAIN (Resource "
                           "temporarily unavailable)\n"
                           "2 1700000000.020 socket(AF_UNIX, SOCK_STREAM, 0) = 4\n"
                           "2 1700000000.021 connect(4, {sa_family=AF_UNIX, sun_path=\"/tmp/s\"}, 9) = 0\n"
                           "1 1700000000.030 accept4(3, NULL, NULL, SOCK_NONBLOCK) = 4\n"
                           "1 1700000000.031 exit_group(0) = ?\n"
                           "2 1700000000.032 exit_group(0) = ?\n"),
               8);
}

TEST_CASE("what a signal handler's end leaves in the result's register is the program's", "[replay]") {
  const workloads::Result result = replay_text(
      "1 1700000000.0 rt_sigaction(SIGUSR1, {sa_handler=0x1, sa_mask=[], sa_flags=0}, NULL, 8) = 0\n"
      "1 1700000000.1 kill(1, SIGUSR1) = 0\n"
      "1 1700000000.2 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=1, si_uid=0} ---\n"
      "1 1700000000.3 rt_sigreturn({mask=[]}) = 824634580992\n");
  check_agrees(result, 2);
}

TEST_CASE("files of procfs that belong to no process can be watched, others cannot", "[replay]") {
  check_agrees(
      replay_text("1 epoll_create1(0) = 3\n"
                  "1 openat(AT_FDCWD, \"/proc/sys/kernel/cap_last_cap\", O_RDONLY) = 4\n"
                  "1 epoll_ctl(3, EPOLL_CTL_ADD, 4, {events=EPOLLIN, data={u32=4, u64=4}}) = 0\n"
                  "1 openat(AT_FDCWD, \"/proc/filesystems\", O_RDONLY) = 5\n"
                  "1 epoll_ctl(3, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=5, u64=5}}) = 0\n"
                  "1 openat(AT_FDCWD, \"/proc/self/status\", O_RDONLY) = 6\n"
                  "1 epoll_ctl(3, EPOLL_CTL_ADD, 6, {events=EPOLLIN, data={u32=6, u64=6}}) = -1 EPERM "
                  "(Operation not permitted)\n"
                  "1 openat(AT_FDCWD, \"/proc/filesystems\", O_RDONLY|O_PATH) = 7\n"
                  "1 epoll_ctl(3, EPOLL_CTL_ADD, 7, {events=EPOLLIN, data={u32=7, u64=7}}) = -1 EBADF "
                  "(Bad file descriptor)\n"),
      9);
}

TEST_CASE("an ambient capability is named by its constants", "[replay]") {
  check_agrees(replay_text("1 prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_CHOWN, 0, 0) = 0\n"), 1);
}

TEST_CASE("an overlay keeps a directory of its own in its work directory", "[replay]") {
  check_agrees(replay_text("1 mkdir(\"/o\", 0755) = 0\n"
                           "1 mkdir(\"/o/l\", 0755) = 0\n"
                           "1 mkdir(\"/o/u\", 0755) = 0\n"
                           "1 mkdir(\"/o/w\", 0755) = 0\n"
                           "1 mkdir(\"/o/m\", 0755) = 0\n"
                           "1 mount(\"overlay\", \"/o/m\", \"overlay\", 0, "
                           "\"lowerdir=/o/l,upperdir=/o/u,workdir=/o/w\") = 0\n"
                           "1 umount2(\"/o/m\", 0) = 0\n"
                           "1 rmdir(\"/o/w\") = -1 ENOTEMPTY (Directory not empty)\n"
                           "1 rmdir(\"/o/w/work\") = 0\n"
                           "1 rmdir(\"/o/w\") = 0\n"),
               10);
}

TEST_CASE("who watches the table of mounts hears of changes", "[replay]") {
  check_agrees(replay_text("1 mkdir(\"/m\", 0755) = 0\n"
                           "1 openat(AT_FDCWD, \"/proc/self/mountinfo\", O_RDONLY) = 3\n"
                           "1 epoll_create1(0) = 4\n"
                           "1 epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLPRI, data={u32=3, u64=3}}) = 0\n"
                           "1 epoll_wait(4, [], 1, 0) = 0\n"
                           "1 mount(\"none\", \"/m\", \"tmpfs\", 0, NULL) = 0\n"
                           "1 epoll_wait(4, [{events=EPOLLPRI|EPOLLERR, data={u32=3, u64=3}}], 1, 0) = 1\n"
                           "1 epoll_wait(4, [], 1, 0) = 0\n"
                           "1 umount2(\"/m\", 0) = 0\n"
                           "1 epoll_wait(4, [{events=EPOLLPRI|EPOLLERR, data={u32=3, u64=3}}], 1, 0) = 1\n"),
               10);
}

TEST_CASE("gVisor mounts what it has, and without flags that it has not", "[replay]") {
  const workloads::Result result = replay_text(
      "1 mkdir(\"/o\", 0755) = 0\n"
      "1 mkdir(\"/o/l\", 0755) = 0\n"
      "1 mount(\"overlay\", \"/o\", \"overlay\", 0, \"lowerdir=/o/l\") = 0\n"
      "1 mount(\"/o/l\", \"/o\", NULL, MS_BIND, NULL) = 0\n"
      "1 mount(\"t\", \"/o/l\", \"tmpfs\", MS_NOSUID, NULL) = 0\n",
      "gvisor-kvm");
  check_agrees(result, 3);
  REQUIRE(result.known_differences.size() == 2);
  for (const workloads::KnownDifference& one : result.known_differences) {
    CHECK(one.call == "mount");
    CHECK((one.emulated == -kernel::ENODEV_ || one.emulated == -kernel::EINVAL_));
  }
}
