// What traces of stress-ng asked of the replay: errors on purpose, processes that meet at sockets and
// signals.
#include "kernel-model/abi/errno.h"
#include "tests/workloads/replay_text.h"

using namespace isosim;
using test::check_agrees;
using test::replay_text;

TEST_CASE("who connects before anybody listens is refused, also where the listener would be faster",
          "[replay]") {
  check_agrees(replay_text("1 1700000001.000000 fork() = 2 <0.000020>\n"
                           "1 1700000001.000100 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3 <0.000001>\n"
                           "2 1700000001.100000 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3 <0.000001>\n"
                           "2 1700000001.200000 connect(3, {sa_family=AF_INET, sin_port=htons(5000), "
                           "sin_addr=inet_addr(\"127.0.0.1\")}, "
                           "16) = -1 ECONNREFUSED (Connection refused) <0.000010>\n"
                           "2 1700000001.200100 close(3) = 0 <0.000001>\n"
                           "1 1700000001.300000 bind(3, {sa_family=AF_INET, sin_port=htons(5000), "
                           "sin_addr=inet_addr(\"127.0.0.1\")}, "
                           "16) = 0 <0.000001>\n"
                           "1 1700000001.300100 listen(3, 10) = 0 <0.000001>\n"
                           "1 1700000001.300200 accept(3, NULL, NULL <unfinished ...>\n"
                           "2 1700000001.400000 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3 <0.000001>\n"
                           "2 1700000001.400100 connect(3, {sa_family=AF_INET, sin_port=htons(5000), "
                           "sin_addr=inet_addr(\"127.0.0.1\")}, "
                           "16) = 0 <0.000010>\n"
                           "1 1700000001.400200 <... accept resumed>) = 4 <0.100000>\n"
                           "1 1700000001.400300 sendto(4, \"abc\", 3, 0, NULL, 0) = 3 <0.000001>\n"
                           "2 1700000001.500000 recvfrom(3, \"abc\", 10, 0, NULL, NULL) = 3 <0.000001>\n"
                           "2 1700000001.500100 exit_group(0) = ?\n"),
               12);
}

TEST_CASE("sockets refuse options and protocols that they have not", "[replay]") {
  check_agrees(
      replay_text(
          "1 socket(AF_INET, SOCK_STREAM, 0xffffffff /* IPPROTO_??? */) = -1 EINVAL (Invalid argument)\n"
          "1 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3\n"
          "1 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n"
          "1 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, 0x7ffca5f41324, 0) = -1 EINVAL (Invalid argument)\n"
          "1 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, 0x7ffca5f41324, -1) = -1 EINVAL (Invalid argument)\n"
          "1 setsockopt(3, SOL_TCP, TCP_MAXSEG, [32768], 4) = -1 EINVAL (Invalid argument)\n"
          "1 setsockopt(3, SOL_IP, IP_MTU, [65535], 4) = -1 ENOPROTOOPT (Protocol not available)\n"
          "1 ioctl(3, SIOCGSTAMP_OLD, 0x7ffca5f41280) = -1 ENOENT (No such file or directory)\n"
          "1 ioctl(3, FIOGETOWN, [0]) = 0\n"),
      9);
  const workloads::Result newer = replay_text(
      "1 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3\n"
      "1 setsockopt(3, SOL_SOCKET, SO_RESERVE_MEM, [4096], 4) = -1 EOPNOTSUPP (Not supported)\n"
      "1 ioctl(3, SIOCGSKNS, 0xffffffff) = 4\n"
      "1 close(4) = 0\n");
  CHECK(newer.mismatches.empty());
  CHECK(newer.known_differences.size() == 2);
}

TEST_CASE("a program may pretend to be the kernel to itself only", "[replay]") {
  const std::string_view code = ", SIGUSR1, {si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=1, si_uid=0}) = ";
  check_agrees(replay_text("1 1700000001.000000 fork() = 2 <0.000020>\n"
                           "1 1700000001.000100 rt_sigprocmask(SIG_BLOCK, [USR1], NULL, 8) = 0 <0.000001>\n"
                           "1 1700000001.000200 rt_sigqueueinfo(2" +
                           std::string(code) +
                           "-1 EPERM (Operation not permitted) <0.000001>\n"
                           "1 1700000001.000300 rt_sigqueueinfo(1" +
                           std::string(code) +
                           "0 <0.000001>\n"
                           "1 1700000001.000400 setpgid(-1, 0) = -1 EINVAL (Invalid argument) <0.000001>\n"
                           "2 1700000001.100000 exit_group(0) = ?\n"),
               5);
}

TEST_CASE("what madvise and mmap of 4.4 do not know is a known difference", "[replay]") {
  const workloads::Result result = replay_text(
      "1 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7fd67ff46000\n"
      "1 madvise(0x7fd67ff46000, 8192, MADV_POPULATE_READ) = 0\n"
      "1 madvise(0x7fd67ff46000, 8192, MADV_FREE) = 0\n"
      "1 madvise(0x7fd67ff46000, 8192, MADV_DONTFORK) = 0\n"
      "1 madvise(0x7fd67ff46000, 8192, MADV_REMOVE) = -1 EINVAL (Invalid argument)\n"
      "1 mmap(0x7fd67ff46000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE, -1, 0) = -1 "
      "EEXIST "
      "(File exists)\n"
      "1 mmap(NULL, 4096, PROT_READ, MAP_SHARED|MAP_ANONYMOUS, -1, 0) = 0x7fd67ff40000\n"
      "1 madvise(0x7fd67ff40000, 4096, MADV_REMOVE) = -1 EACCES (Permission denied)\n");
  CHECK(result.mismatches.empty());
  CHECK(result.known_differences.size() == 2);
}

TEST_CASE("a link across file systems shows that its target is there", "[replay]") {
  check_agrees(
      replay_text("1 link(\"/sys/fs/cgroup/cpuset\", \"/tmp/b\") = -1 EXDEV (Invalid cross-device link)\n"
                  "1 link(\"/proc\", \"/tmp/b\") = -1 EXDEV (Invalid cross-device link)\n"),
      2);
}

TEST_CASE("a signal from outside ends a wait when it did in the record", "[replay]") {
  const workloads::Result result = replay_text(
      "1 1700000001.000000 rt_sigaction(SIGTERM, {sa_handler=0x55721f7667c0, sa_mask=[], sa_flags=0}, NULL, "
      "8) = 0 "
      "<0.000001>\n"
      "1 1700000001.000100 alarm(86400) = 0 <0.000001>\n"
      "1 1700000001.000200 pause() = ? ERESTARTNOHAND (To be restarted if no handler) <59.000000>\n"
      "1 1700000060.000300 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=77, si_uid=0} ---\n"
      "1 1700000060.000400 --- SIGCONT {si_signo=SIGCONT, si_code=SI_USER, si_pid=77, si_uid=0} ---\n"
      "1 1700000060.000500 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000001>\n"
      "1 1700000060.000600 alarm(0) = 86341 <0.000001>\n"
      "1 1700000060.000700 exit_group(0) = ?\n");
  check_agrees(result, 4);
  CHECK(result.simulated > sim::milliseconds(58'900));
  CHECK(result.simulated < sim::milliseconds(59'100));
}

TEST_CASE("a signal is sent again only after it was taken", "[replay]") {
  std::string text =
      "1 1700000001.000000 fork() = 2 <0.000020>\n"
      "2 1700000001.000100 rt_sigaction(SIGUSR1, {sa_handler=0x55721f7667c0, sa_mask=[], sa_flags=0}, NULL, "
      "8) = 0 "
      "<0.000001>\n"
      "2 1700000001.000200 alarm(86400) = 0 <0.000001>\n"
      "1 1700000001.100000 kill(2, SIGUSR1) = 0 <0.000001>\n"
      "2 1700000001.400000 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=1, si_uid=0} ---\n"
      "1 1700000001.400100 kill(2, SIGUSR1) = 0 <0.000001>\n"
      "2 1700000001.500000 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=1, si_uid=0} ---\n"
      "2 1700000001.500100 alarm(0) = 86399 <0.000001>\n"
      "2 1700000001.500200 exit_group(0) = ?\n";
  const workloads::Result result = replay_text(text);
  check_agrees(result, 5);
  CHECK(result.simulated < sim::milliseconds(2000));
}

TEST_CASE("shared memory refuses what it cannot map, and sizes of pages are read", "[replay]") {
  check_agrees(
      replay_text("1 shmget(0x8281, 8192, IPC_CREAT|IPC_EXCL|21<<SHM_HUGE_SHIFT|0600) = 7\n"
                  "1 shmat(7, NULL, 0) = 0x7f36801d4000\n"
                  "1 shmat(7, 0x7f36801d4000, 0) = -1 EINVAL (Invalid argument)\n"
                  "1 shmat(7, 0x7f36801d4000, SHM_REMAP) = 0x7f36801d4000\n"
                  "1 shmctl(7, IPC_SET, NULL) = -1 EFAULT (Bad address)\n"
                  "1 shmdt(0x7f36801d4000) = 0\n"
                  "1 shmat(7, 0x7f367f800000, SHM_RND) = 0x7f367f800000\n"
                  "1 shmdt(0x7f367f800000) = 0\n"
                  "1 shmctl(7, IPC_RMID, NULL) = 0\n"
                  "1 shmget(0x5889, 18446744073692774400, IPC_CREAT|000) = -1 EINVAL (Invalid argument)\n"
                  "1 shmget(IPC_PRIVATE, 8388608, IPC_CREAT|SHM_HUGETLB|21<<SHM_HUGE_SHIFT|0600) = -1 ENOMEM "
                  "(Cannot allocate memory)\n"),
      8);
  ;
}

TEST_CASE("a clock that was set between two lines is no computation", "[replay]") {
  const workloads::Result result = replay_text(
      "1 5.000000 getppid() = 0 <0.000001>\n"
      "1 1700000000.000000 getppid() = 0 <0.000001>\n"
      "1 1700000000.500000 getppid() = 0 <0.000001>\n");
  CHECK(result.simulated < sim::milliseconds(600));
  CHECK(result.simulated > sim::milliseconds(300));  // the cores run faster than their nominal frequency
}

TEST_CASE("a trace longer than simulated time can be is refused", "[replay]") {
  CHECK_THROWS_WITH(
      replay_text("1 1700000000.000000 nanosleep({tv_sec=2000000, tv_nsec=0}, NULL) = 0 <2000000.0>\n"
                  "1 1702000001.000000 nanosleep({tv_sec=2000000, tv_nsec=0}, NULL) = 0 <2000000.0>\n"
                  "1 1704000002.000000 getppid() = 0 <0.000001>\n"),
      Catch::Contains("line 3") && Catch::Contains("30 days"));
}
