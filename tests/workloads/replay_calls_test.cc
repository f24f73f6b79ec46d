// Short traces of calls whose results depend on names and structures that the replay has to put in place.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "tests/workloads/replay_text.h"
#include "workloads/result_json.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("shared memory segments keep their recorded identifiers and addresses apart from the kernel's",
          "[replay]") {
  const std::string_view text =
      "1 shmget(IPC_PRIVATE, 8192, IPC_CREAT|0600) = 98306\n"
      "1 shmat(98306, NULL, 0) = 0x7f35c6381000\n"
      "1 shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = 5\n"
      "1 shmctl(98306, IPC_RMID, NULL) = 0\n"
      "1 shmat(98306, NULL, 0) = 0x7f35c6383000\n"
      "1 shmdt(0x7f35c6381000) = 0\n"
      "1 shmdt(0x7f35c6381000) = -1 EINVAL (Invalid argument)\n"
      "1 shmdt(0x7f35c6383000) = 0\n"
      "1 shmat(98306, NULL, 0) = -1 EINVAL (Invalid argument)\n"
      "1 shmctl(5, IPC_RMID, NULL) = 0\n";
  check_agrees(replay_text(text), 8);
  check_agrees(replay_text(text, "runc"), 8);
}

TEST_CASE("a segment that the record gives two names is not two segments", "[replay]") {
  const workloads::Result result = replay_text(
      "1 shmget(0x1234, 4096, IPC_CREAT|0600) = 7\n"
      "1 shmget(0x1234, 4096, IPC_CREAT|0600) = 8\n");
  CHECK(result.agree == 1);
}

TEST_CASE("a program behind a symlink that only a later call shows can be executed", "[replay]") {
  check_agrees(
      replay_text("1 execve(\"/usr/bin/python3\", [\"python3\"], 0x7ffe /* 3 vars */) = 0\n"
                  "1 readlink(\"/usr/bin/python3\", \"python3.11\", 4096) = 10\n"
                  "1 readlink(\"/usr/bin/python3.11\", 0x7ffdf, 4096) = -1 EINVAL (Invalid argument)\n"),
      3);
}

TEST_CASE("files of procfs that belong to no process have the length that the record shows", "[replay]") {
  const std::string_view text =
      "1 openat(AT_FDCWD, \"/proc/filesystems\", O_RDONLY|O_CLOEXEC) = 3\n"
      "1 read(3, \"nodev\"..., 200) = 200\n"
      "1 read(3, \"nodev\"..., 200) = 164\n"
      "1 read(3, \"\", 200) = 0\n"
      "1 close(3) = 0\n"
      "1 openat(AT_FDCWD, \"/proc/filesystems\", O_RDONLY|O_CLOEXEC) = 3\n"
      "1 read(3, \"nodev\"..., 1024) = 364\n";
  check_agrees(replay_text(text), 7);
}

TEST_CASE("that /proc prints more of a process from one reading to the next is excused", "[replay]") {
  const std::string_view text =
      "1 openat(AT_FDCWD, \"/proc/self/maps\", O_RDONLY) = 3\n"
      "1 read(3, \"55\"..., 4096) = 3001\n"
      "1 openat(AT_FDCWD, \"/proc/self/maps\", O_RDONLY) = 4\n"
      "1 read(4, \"55\"..., 4096) = 4001\n"
      "1 openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 5\n"
      "1 read(5, \"root\"..., 4096) = 900\n";
  const workloads::Result result = replay_text(text);
  CHECK(result.compared == 5);
  CHECK(result.agree == 5);
  REQUIRE(result.known_differences.size() == 1);
  CHECK(result.known_differences[0].call == "read");
}

TEST_CASE("record locks cover the bytes that struct flock names", "[replay]") {
  const std::string_view text =
      "1 openat(AT_FDCWD, \"/tmp/f\", O_RDWR|O_CREAT, 0600) = 3\n"
      "1 fcntl(3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, l_len=10}) = 0\n"
      "1 fork() = 2\n"
      "2 fcntl(3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=10, l_len=10}) = 0\n"
      "2 fcntl(3, F_SETLK, {l_type=F_RDLCK, l_whence=SEEK_SET, l_start=9, l_len=1}) = -1 EAGAIN (Resource)\n"
      "2 fcntl(3, F_SETLK, {l_type=F_UNLCK, l_whence=SEEK_SET, l_start=0, l_len=0}) = 0\n"
      "2 exit_group(0) = ?\n"
      "2 +++ exited with 0 +++\n"
      "1 wait4(2, NULL, 0, NULL) = 2\n";
  check_agrees(replay_text(text), 7);
}

TEST_CASE("transfers start where their offset says, and leave the descriptor's position alone", "[replay]") {
  const std::string_view text =
      "1 openat(AT_FDCWD, \"/etc/data\", O_RDONLY) = 3\n"
      "1 fstat(3, {st_mode=S_IFREG|0644, st_size=1000, ...}) = 0\n"
      "1 openat(AT_FDCWD, \"/tmp/out\", O_RDWR|O_CREAT|O_TRUNC, 0600) = 4\n"
      "1 sendfile(4, 3, [900] => [1000], 4096) = 100\n"
      "1 read(3, \"\"..., 4096) = 1000\n"
      "1 pipe2([5, 6], 0) = 0\n"
      "1 splice(4, [90] => [100], 6, NULL, 4096, 0) = 10\n"
      "1 copy_file_range(4, [40] => [100], 4, [500] => [560], 4096, 0) = 60\n"
      "1 lseek(4, 0, SEEK_END) = 560\n";
  check_agrees(replay_text(text), 9);
}

TEST_CASE("select's three sets reach the kernel together", "[replay]") {
  const std::string_view text =
      "1 pipe2([3, 4], 0) = 0\n"
      "1 select(5, [3], [4], NULL, {tv_sec=0, tv_usec=0}) = 1 (out [4], left {tv_sec=0, tv_usec=0})\n"
      "1 write(4, \"x\", 1) = 1\n"
      "1 select(5, [3], [4], [3], {tv_sec=0, tv_usec=0}) = 2 (in [3], out [4], left {tv_sec=0, tv_usec=0})\n"
      "1 pselect6(5, NULL, [4], NULL, NULL, NULL) = 1 (out [4])\n"
      "1 read(3, \"x\", 1) = 1\n"
      "1 select(5, [3], NULL, NULL, {tv_sec=0, tv_usec=100}) = 0 (Timeout)\n";
  check_agrees(replay_text(text), 7);
}

TEST_CASE("a pseudo terminal carries lines one way and adds a return to each the other way", "[replay]") {
  const std::string_view text =
      "1 fork() = 2\n"
      "2 setsid() = 2\n"
      "2 openat(AT_FDCWD, \"/dev/ptmx\", O_RDWR|O_NOCTTY) = 3\n"
      "2 ioctl(3, TIOCGPTN, [0]) = 0\n"
      "2 ioctl(3, TIOCSPTLCK, [0]) = 0\n"
      "2 openat(AT_FDCWD, \"/dev/pts/0\", O_RDWR) = 4\n"
      "2 openat(AT_FDCWD, \"/dev/tty\", O_RDWR|O_NONBLOCK) = 5\n"
      "2 write(4, \"a\\nb\\n\", 4) = 4\n"
      "2 ioctl(3, FIONREAD, [6]) = 0\n"
      "2 read(3, \"a\\r\\nb\\r\\n\", 4096) = 6\n"
      "2 write(3, \"one\\ntwo\", 7) = 7\n"
      "2 read(5, \"one\\n\", 100) = 4\n"
      "2 read(5, 0x7ffe, 100) = -1 EAGAIN (Resource temporarily unavailable)\n"
      "2 read(3, \"one\\r\\ntwo\", 4096) = 8\n"
      "2 ioctl(4, TCSETS, {c_iflag=ICRNL, c_oflag=OPOST, c_cflag=B38400|CS8, c_lflag=ISIG}) = 0\n"
      "2 read(5, \"two\", 100) = 3\n"
      "2 close(4) = 0\n"
      "2 close(5) = 0\n"
      "2 read(3, 0x7ffe, 100) = -1 EIO (Input/output error)\n"
      "2 close(3) = 0\n"
      "2 openat(AT_FDCWD, \"/dev/pts/0\", O_RDWR) = -1 ENOENT (No such file or directory)\n"
      "2 exit_group(0) = ?\n"
      "2 +++ exited with 0 +++\n"
      "1 wait4(2, NULL, 0, NULL) = 2\n";
  check_agrees(replay_text(text), 22);
}

TEST_CASE("openat2 takes its flags from struct open_how", "[replay]") {
  check_agrees(
      replay_text(
          "1 openat2(AT_FDCWD, \"/tmp/f\", {flags=O_RDWR|O_CREAT|O_EXCL, mode=0600, resolve=0}, 24) = 3\n"
          "1 write(3, \"x\", 1) = 1\n"
          "1 openat2(AT_FDCWD, \"/tmp/f\", {flags=O_RDWR|O_CREAT|O_EXCL, mode=0600, resolve=0}, 24) = -1 "
          "EEXIST (File exists)\n"),
      3);
}

TEST_CASE("a socket's timeout ends a receive by itself", "[replay]") {
  const workloads::Result result = replay_text(
      "1 socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0\n"
      "1 setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, {tv_sec=0, tv_usec=3000}, 16) = 0\n"
      "1 recvfrom(3, 0x7ffe, 10, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)\n");
  check_agrees(result, 3);
  CHECK(result.simulated > sim::milliseconds(3));
  CHECK(result.simulated < sim::milliseconds(5));
}

TEST_CASE("children die in the recorded order, so that wait4(-1) reaps the younger first", "[replay]") {
  const std::string_view text =
      "1 1700000000.000000 fork() = 2 <0.000100>\n"
      "1 1700000000.000200 fork() = 3 <0.000100>\n"
      "1 1700000000.000400 wait4(-1,  <unfinished ...>\n"
      "3 1700000000.000500 exit_group(0) = ?\n"
      "3 1700000000.000600 +++ exited with 0 +++\n"
      "1 1700000000.000700 <... wait4 resumed>NULL, 0, NULL) = 3 <0.000300>\n"
      "1 1700000000.000750 wait4(-1,  <unfinished ...>\n"
      "2 1700000000.000800 exit_group(0) = ?\n"
      "2 1700000000.000900 +++ exited with 0 +++\n"
      "1 1700000000.001000 <... wait4 resumed>NULL, 0, NULL) = 2 <0.000250>\n";
  check_agrees(replay_text(text), 4);
}

TEST_CASE("a fork that a signal interrupts makes no child", "[replay]") {
  const std::string_view text =
      "1 1700000000.000000 fork() = 2 <0.000100>\n"
      "2 1700000000.000200 exit_group(0) = ?\n"
      "1 1700000000.000210 fork() = ? ERESTARTNOINTR (To be restarted) <0.000100>\n"
      "2 1700000000.000220 +++ exited with 0 +++\n"
      "1 1700000000.000400 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2, si_uid=0, "
      "si_status=0} ---\n"
      "1 1700000000.000500 fork() = 3 <0.000100>\n"
      "3 1700000000.000700 exit_group(0) = ?\n"
      "3 1700000000.000800 +++ exited with 0 +++\n"
      "1 1700000000.001000 wait4(3, NULL, 0, NULL) = 3 <0.000100>\n"
      "1 1700000000.001200 wait4(-1, NULL, 0, NULL) = 2 <0.000100>\n"
      "1 1700000000.001400 wait4(-1, NULL, 0, NULL) = -1 ECHILD (No child processes) <0.000100>\n";
  check_agrees(replay_text(text), 6);
}

TEST_CASE("all clients that one epoll_wait reported have sent before it", "[replay]") {
  std::string text =
      "1 1700000000.000000 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3 <0.000010>\n"
      "1 1700000000.000100 bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"0.0.0.0\")}, "
      "16) = 0 <0.000010>\n"
      "1 1700000000.000200 listen(3, 511) = 0 <0.000010>\n"
      "1 1700000000.000300 epoll_create1(0) = 4 <0.000010>\n"
      "1 1700000000.000400 accept4(3, NULL, NULL, SOCK_NONBLOCK) = 5 <0.000010>\n"
      "1 1700000000.000500 accept4(3, NULL, NULL, SOCK_NONBLOCK) = 6 <0.000010>\n"
      "1 1700000000.000600 epoll_ctl(4, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=5, u64=5}}) = 0 "
      "<0.000010>\n"
      "1 1700000000.000700 epoll_ctl(4, EPOLL_CTL_ADD, 6, {events=EPOLLIN, data={u32=6, u64=6}}) = 0 "
      "<0.000010>\n";
  for (int round = 0; round < 20; ++round) {
    const auto line = [&](int step, const std::string& call) {
      text +=
          "1 1700000000.00" + std::to_string(1000 + round * 100 + step * 10) + " " + call + " <0.000010>\n";
    };
    line(0,
         "epoll_wait(4, [{events=EPOLLIN, data={u32=5, u64=5}}, {events=EPOLLIN, data={u32=6, u64=6}}], 64, "
         "100) = 2");
    line(1, "read(5, \"x\"..., 16384) = 45");
    line(2, "read(6, \"x\"..., 16384) = 45");
    line(3, "write(6, \"+OK\", 5) = 5");
    line(4, "write(5, \"+OK\", 5) = 5");
  }
  const workloads::Result result = replay_text(text);
  check_agrees(result, 108);
  CHECK(result.simulated < sim::milliseconds(6));  // it does not wait for what has come
}

TEST_CASE("a buffer where nothing can be mapped is refused by the kernel, not by the record", "[replay]") {
  check_agrees(replay_text("1 openat(AT_FDCWD, \"/in\", O_RDONLY) = 3\n"
                           "1 read(3, \"abcd\", 4) = 4\n"
                           "1 lseek(3, 0, SEEK_SET) = 0\n"
                           "1 read(3, 0x10, 4) = -1 EFAULT (Bad address)\n"
                           "1 exit_group(0) = ?\n"),
               4);
  // That the record says so is no reason to fail: of this address nobody knows.
  CHECK(replay_text("1 openat(AT_FDCWD, \"/in\", O_RDONLY) = 3\n"
                    "1 read(3, \"abcd\", 4) = 4\n"
                    "1 lseek(3, 0, SEEK_SET) = 0\n"
                    "1 read(3, 0x7f0012345000, 4) = -1 EFAULT (Bad address)\n"
                    "1 exit_group(0) = ?\n")
            .agree == 3);
}

TEST_CASE("a call without a model returns what was recorded and counts as such, not as agreement",
          "[replay]") {
  const std::string_view text =
      "1 keyctl(0, 1, 0) = 32769\n"
      "1 keyctl(0, 2, 0) = -1 ENOENT (No such file or directory)\n"
      "1 fanotify_init(FAN_CLASS_NOTIF, O_RDONLY) = 3\n"
      "1 openat(AT_FDCWD, \"/dev/null\", O_RDONLY) = 4\n"
      "1 close(3) = 0\n"
      "1 openat(AT_FDCWD, \"/dev/null\", O_RDONLY) = 3\n";
  const workloads::Result native = replay_text(text);
  check_agrees(native, 3);
  CHECK(native.calls == 6);
  CHECK(native.modelled == 3);
  const auto json = workloads::to_json(native);
  REQUIRE(json["unmodelled"].size() == 2);
  double calls = 0, time = 0;
  for (const auto& row : json["unmodelled"]) {
    calls += row["share_of_calls"].get<double>();
    time += row["share_of_time"].get<double>();
  }
  CHECK(calls == Approx(0.5));
  CHECK((time > 0 && time < 1));
  for (const auto& row : native.call_rows)
    if (row.name == "keyctl") CHECK((row.defaulted == 2 && row.errors == 1));
}

TEST_CASE(
    "what gVisor does not have fails there; what the model of it does not have returns what was recorded",
    "[replay]") {
  const workloads::Result result = replay_text(
      "1 io_setup(8, [0x7f0000]) = 0\n"
      "1 kcmp(1, 1, KCMP_FILE, 0, 1) = 2\n",
      "gvisor-kvm");
  CHECK(result.modelled == 1);
  CHECK(result.compared == 0);
  REQUIRE(result.known_differences.size() == 1);
  CHECK(result.known_differences[0].call == "kcmp");
  CHECK(result.mismatches.empty());
}

TEST_CASE("--strict refuses to replay a call without a model", "[replay]") {
  const traces::Trace trace = traces::Trace::parse("1 keyctl(0, 1, 0) = 32769\n");
  const workloads::TraceAnalysis analysis(trace);
  sim::Settings settings;
  const auto stack =
      models::build_stack({.platform = "native", .machine = "e5-2630v3", .set = {}, .patches = {}}, settings);
  stack->kernel().strict = true;
  CHECK_THROWS_WITH(workloads::Replayer(*stack, trace, analysis, {}).run(),
                    Catch::Matchers::Contains("keyctl"));
}

TEST_CASE("a deadline on the recorded machine's clock is as far off in the replay as it was", "[replay]") {
  // Only the first call shows where CLOCK_MONOTONIC stood: at 5000 s when the trace began.
  const workloads::Result result = replay_text(
      "1 1700000000.000000 clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=5000, tv_nsec=2000000}, "
      "NULL)"
      " = 0 <0.002000>\n"
      "1 1700000000.002100 timerfd_create(CLOCK_MONOTONIC, 0) = 3 <0.000010>\n"
      "1 1700000000.002200 timerfd_settime(3, TFD_TIMER_ABSTIME, {it_interval={tv_sec=0, tv_nsec=0}, "
      "it_value={tv_sec=5000, tv_nsec=5200000}}, NULL) = 0 <0.000010>\n"
      "1 1700000000.002300 read(3, \"\\1\\0\\0\\0\\0\\0\\0\\0\", 8) = 8 <0.002950>\n"
      "1 1700000000.005300 futex(0x7f0000001000, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 0, "
      "{tv_sec=1700000000, tv_nsec=9300000}, FUTEX_BITSET_MATCH_ANY) = -1 ETIMEDOUT (Connection timed out) "
      "<0.004060>\n");
  check_agrees(result, 5);
  CHECK(result.simulated.ps > 8'900'000'000);
  CHECK(result.simulated.ps < 9'400'000'000);
}

TEST_CASE("a reader that was slower than its writer gets what several writes put in, and nothing is forced",
          "[replay]") {
  // The read was entered when 500 bytes were there; before it took them, 300 more had come.
  const std::string_view text =
      "1 1700000000.000001 pipe2([3, 4], 0) = 0 <0.000001>\n"
      "1 1700000000.000010 clone(child_stack=NULL, flags=SIGCHLD) = 2 <0.000001>\n"
      "2 1700000000.000100 write(4, \"x\"..., 500) = 500 <0.000001>\n"
      "1 1700000000.000150 read(3,  <unfinished ...>\n"
      "2 1700000000.000200 write(4, \"x\"..., 300) = 300 <0.000001>\n"
      "1 1700000000.000250 <... read resumed>\"x\"..., 4096) = 800 <0.000100>\n"
      "1 1700000000.000300 read(3,  <unfinished ...>\n"
      "2 1700000000.000400 write(4, \"x\"..., 20) = 20 <0.000001>\n"
      "1 1700000000.000450 <... read resumed>\"x\"..., 4096) = 20 <0.000110>\n"
      "2 1700000000.000500 exit_group(0) = ?\n"
      "1 1700000000.000600 exit_group(0) = ?\n";
  check_agrees(replay_text(text), 7);
  check_agrees(replay_text(text, "gvisor-ptrace"), 7);
}

TEST_CASE("what is received after a poll that found nothing had not come before it", "[replay]") {
  check_agrees(
      replay_text(
          "1 1700000000.000100 socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3 <0.000010>\n"
          "1 1700000000.000200 connect(3, {sa_family=AF_INET, sin_port=htons(80), "
          "sin_addr=inet_addr(\"10.0.0.9\")}, "
          "16) = -1 EINPROGRESS (Operation now in progress) <0.000010>\n"
          "1 1700000000.000300 poll([{fd=3, events=POLLOUT}], 1, 100) = 1 ([{fd=3, revents=POLLOUT}]) "
          "<0.000050>\n"
          "1 1700000000.000400 sendto(3, \"GET\"..., 90, MSG_NOSIGNAL, NULL, 0) = 90 <0.000010>\n"
          "1 1700000000.000500 poll([{fd=3, events=POLLIN}], 1, 0) = 0 (Timeout) <0.000010>\n"
          "1 1700000000.000600 poll([{fd=3, events=POLLIN}], 1, 200) = 1 ([{fd=3, revents=POLLIN}]) "
          "<0.002000>\n"
          "1 1700000000.002700 recvfrom(3, \"HTTP\"..., 1024, 0, NULL, NULL) = 800 <0.000010>\n"),
      7);
}

TEST_CASE("a thread that ends wakes who joins it, whichever call made it", "[replay]") {
  const std::string wait_and_end =
      "1 1700000000.000100 futex(0x7f0000000990, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 2, NULL, "
      "FUTEX_BITSET_MATCH_ANY <unfinished ...>\n"
      "2 1700000000.000150 getpid() = 1 <0.000001>\n"  // a thread, not a process
      "2 1700000000.000200 exit(0) = ?\n"
      "1 1700000000.000250 <... futex resumed>) = 0 <0.000150>\n";
  const std::string flags =
      "flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_CHILD_CLEARTID, ";
  check_agrees(replay_text("1 1700000000.000001 clone3({" + flags +
                           "child_tid=0x7f0000000990, exit_signal=0, stack=0x7f00, stack_size=0x1000} => "
                           "{parent_tid=[2]}, 88) = 2 <0.000010>\n" +
                           wait_and_end),
               3);
  check_agrees(replay_text("1 1700000000.000001 clone(child_stack=0x7f00, " + flags +
                           "child_tidptr=0x7f0000000990) = 2 <0.000010>\n" + wait_and_end),
               3);
}

TEST_CASE("/dev/tty is there for a session that has a terminal, by what the record tells", "[replay]") {
  check_agrees(
      replay_text("1 openat(AT_FDCWD, \"/dev/tty\", O_RDWR|O_NONBLOCK) = -1 ENXIO (No such device or "
                  "address)\n"
                  "1 openat(AT_FDCWD, \"/etc\", O_RDONLY|O_DIRECTORY) = 3\n"),
      2);
  check_agrees(replay_text("1 openat(AT_FDCWD, \"/dev/tty\", O_RDWR) = 3\n"
                           "1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2\n"
                           "2 setsid() = 2\n"
                           "2 openat(AT_FDCWD, \"/dev/tty\", O_RDWR) = -1 ENXIO (No such device or address)\n"
                           "2 exit_group(0) = ?\n"
                           "2 +++ exited with 0 +++\n"
                           "1 wait4(-1, NULL, 0, NULL) = 2\n"),
               5);
}

TEST_CASE("a descriptor that only one of record and replay has shifts no later numbers", "[replay]") {
  // Nothing is known of the first path's owner: the replay opens what the recorded program could not.
  const workloads::Result refused = replay_text(
      "1 openat(AT_FDCWD, \"/proc/version\", O_RDONLY) = -1 EMFILE (Too many open files)\n"
      "1 openat(AT_FDCWD, \"/etc\", O_RDONLY|O_DIRECTORY) = 3\n"
      "1 close(3) = 0\n");
  CHECK((refused.compared == 3 && refused.agree == 2));
  const workloads::Result granted = replay_text(
      "1 socket(AF_INET, 77, 0) = 3\n"
      "1 openat(AT_FDCWD, \"/etc\", O_RDONLY|O_DIRECTORY) = 4\n"
      "1 close(4) = 0\n"
      "1 close(3) = 0\n");
  CHECK((granted.compared == 4 && granted.agree == 3));
}

TEST_CASE("descriptors below the first new one were open before the trace", "[replay]") {
  check_agrees(replay_text("1 openat(AT_FDCWD, \"/etc\", O_RDONLY|O_DIRECTORY) = 5\n"
                           "1 fcntl(1, F_DUPFD, 10) = 12\n"
                           "1 fcntl(12, F_SETFD, FD_CLOEXEC) = 0\n"
                           "1 close(3) = 0\n"
                           "1 openat(AT_FDCWD, \"/etc\", O_RDONLY|O_DIRECTORY) = 3\n"
                           "1 close(11) = 0\n"),
               6);
}

TEST_CASE("pipes can be opened again by their descriptors' names, by any of their readers", "[replay]") {
  const std::string_view text =
      "1 pipe2([3, 4], 0) = 0\n"
      "1 dup2(3, 63) = 63\n"
      "1 close(3) = 0\n"
      "1 write(4, \"ab\"..., 2) = 2\n"
      "1 openat(AT_FDCWD, \"/dev/fd/63\", O_RDONLY) = 3\n"
      "1 fstat(3, {st_mode=S_IFIFO|0600, st_size=0, ...}) = 0\n"
      "1 read(3, \"a\"..., 1) = 1\n"
      "1 read(63, \"b\"..., 1) = 1\n"
      "1 close(4) = 0\n"
      "1 read(3, \"\"..., 1) = 0\n"
      "1 openat(AT_FDCWD, \"/proc/self/fd/63\", O_RDONLY) = 4\n"  // does not wait for a writer
      "1 read(4, \"\"..., 1) = 0\n"
      "1 close(4) = 0\n"
      "1 socket(AF_UNIX, SOCK_STREAM, 0) = 4\n"
      "1 openat(AT_FDCWD, \"/proc/self/fd/4\", O_RDONLY) = -1 ENXIO (No such device or address)\n"
      "1 fstat(0, {st_mode=S_IFIFO|0600, st_size=0, ...}) = 0\n"
      "1 openat(AT_FDCWD, \"/dev/stdin\", O_RDONLY) = 5\n";
  check_agrees(replay_text(text), 17);
  check_agrees(replay_text(text, "runc"), 17);
}

TEST_CASE("threads are found by their numbers in the container's name space", "[replay]") {
  check_agrees(replay_text("1 getpid() = 1\n"
                           "1 sched_getscheduler(1) = 0 (SCHED_OTHER)\n",
                           "runc"),
               2);
}

TEST_CASE("what Docker mounts over the image has the contents that the trace shows", "[replay]") {
  check_agrees(replay_text("1 openat(AT_FDCWD, \"/etc/resolv.conf\", O_RDONLY) = 3\n"
                           "1 fstat(3, {st_mode=S_IFREG|0644, st_size=25, ...}) = 0\n"
                           "1 read(3, \"nameserver 10.255.255.53\\n\", 4096) = 25\n",
                           "runc"),
               3);
}

TEST_CASE("execve ends the registration of restartable sequences, fork keeps it", "[replay]") {
  check_agrees(
      replay_text("1 rseq(0x7ff5b81e8060, 0x20, 0, 0x53053053) = 0\n"
                  "1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2\n"
                  "2 rseq(0x7ff5b81e8060, 0x20, 0, 0x53053053) = -1 EBUSY (Device or resource busy)\n"
                  "2 execve(\"/bin/true\", [\"true\"], 0x7ffd /* 0 vars */) = 0\n"
                  "2 rseq(0x7f96dd8e8060, 0x20, 0, 0x53053053) = 0\n"
                  "2 exit_group(0) = ?\n"
                  "2 +++ exited with 0 +++\n"
                  "1 wait4(-1, NULL, 0, NULL) = 2\n"),
      6);
}

TEST_CASE("without times, what blocked is known by where it was resumed", "[replay]") {
  check_agrees(replay_text("1 pipe2([3, 4], 0) = 0\n"
                           "1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2\n"
                           "1 close(4) = 0\n"
                           "1 read(3, <unfinished ...>\n"
                           "2 close(3) = 0\n"
                           "2 close(4) = 0\n"
                           "2 exit_group(0) = ?\n"
                           "2 +++ exited with 0 +++\n"
                           "1 <... read resumed>\"\", 4096) = 0\n"
                           "1 wait4(-1, NULL, 0, NULL) = 2\n"),
               7);
}

TEST_CASE("semaphore sets keep their recorded identifiers apart from the kernel's", "[replay]") {
  const std::string_view text =
      "1 semget(IPC_PRIVATE, 2, IPC_CREAT|0600) = 98309\n"
      "1 semctl(98309, 0, SETVAL, 0x3) = 0\n"
      "1 semop(98309, [{sem_num=0, sem_op=-1, sem_flg=SEM_UNDO}, {sem_num=1, sem_op=2, sem_flg=0}], 2) = 0\n"
      "1 semtimedop(98309, [{sem_num=1, sem_op=-3, sem_flg=IPC_NOWAIT}], 1, NULL) = -1 EAGAIN (Resource "
      "temporarily unavailable)\n"
      "1 semctl(98309, 0, GETVAL, NULL) = 2\n"
      "1 semctl(98309, 0, IPC_RMID, NULL) = 0\n"
      "1 semctl(98309, 0, GETVAL, NULL) = -1 EINVAL (Invalid argument)\n";
  check_agrees(replay_text(text), 7);
}

TEST_CASE("asynchronous reads are in flight until io_getevents waits for them", "[replay]") {
  const std::string_view text =
      "1 openat(AT_FDCWD, \"/data\", O_RDONLY|O_DIRECT) = 3</data>\n"
      "1 fstat(3, {st_mode=S_IFREG|0644, st_size=65536, ...}) = 0\n"
      "1 io_setup(8, [0x7f30ab563000]) = 0\n"
      "1 io_submit(0x7f30ab563000, 2, [{aio_data=0, aio_lio_opcode=IOCB_CMD_PREAD, aio_fildes=3</data>, "
      "aio_buf=0x5585b7b80000, aio_nbytes=4096, aio_offset=8192}, {aio_data=0x7, "
      "aio_lio_opcode=IOCB_CMD_PREADV, aio_fildes=3, aio_buf=[{iov_base=0x5585b7b80000, iov_len=4096}], "
      "aio_offset=0}]) = 2\n"
      "1 io_submit(0x7f30ab563000, 1, [{data=0, pwrite, fildes=3, str=\"\\0\"..., nbytes=4096, offset=0}]) = "
      "-1 EBADF (Bad file descriptor)\n"
      "1 io_submit(0x7f30ab563000, 1, [{aio_data=0, aio_lio_opcode=IOCB_CMD_PREAD, aio_fildes=9, "
      "aio_buf=0x5585b7b80000, aio_nbytes=4096, aio_offset=0}]) = -1 EBADF (Bad file descriptor)\n"
      "1 io_getevents(0x7f30ab563000, 2, 2, [{data=0, obj=0x1, res=4096, res2=0}, {data=0x7, obj=0x2, "
      "res=4096, res2=0}], NULL) = 2\n"
      "1 io_getevents(0x7f30ab563000, 1, 2, [], {tv_sec=0, tv_nsec=1000}) = 0\n"
      "1 io_cancel(0x7f30ab563000, 0x7ffe01, 0x7ffe02) = -1 EINVAL (Invalid argument)\n"
      "1 io_destroy(0x7f30ab563000) = 0\n"
      "1 io_destroy(0x7f30ab563000) = -1 EINVAL (Invalid argument)\n";
  const workloads::Result result = replay_text(text);
  check_agrees(result, 11);
  CHECK(result.modelled == 11);
  for (const auto& row : result.call_rows)
    if (row.name == "io_getevents") CHECK(row.latency.max > sim::milliseconds(1));  // the disk turns
}

TEST_CASE("message queues keep their recorded identifiers, and block and wake as they did", "[replay]") {
  const std::string_view text =
      "1 msgget(IPC_PRIVATE, IPC_CREAT|0600) = 98309\n"
      "1 msgget(0x99, 0600) = -1 ENOENT (No such file or directory)\n"
      "1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2\n"
      "2 msgrcv(98309,  <unfinished ...>\n"
      "1 msgsnd(98309, {mtype=3, mtext=\"abcd\"}, 4, 0) = 0\n"
      "2 <... msgrcv resumed>{mtype=3, mtext=\"abcd\"}, 100, -4, 0) = 4\n"
      "2 exit_group(0) = ?\n"
      "2 +++ exited with 0 +++\n"
      "1 wait4(-1, NULL, 0, NULL) = 2\n"
      "1 msgsnd(98309, {mtype=1, mtext=\"abcd\"}, 4, IPC_NOWAIT) = 0\n"
      "1 msgrcv(98309, 0x7ffe00, 2, 1, IPC_NOWAIT) = -1 E2BIG (Argument list too long)\n"
      "1 msgrcv(98309, {mtype=1, mtext=\"ab\"}, 2, 0, MSG_NOERROR) = 2\n"
      "1 msgrcv(98309, 0x7ffe00, 2, 0, IPC_NOWAIT) = -1 ENOMSG (No message of desired type)\n"
      "1 msgctl(98309, IPC_RMID, NULL) = 0\n"
      "1 msgsnd(98309, {mtype=1, mtext=\"abcd\"}, 4, 0) = -1 EINVAL (Invalid argument)\n";
  check_agrees(replay_text(text), 12);
}

TEST_CASE("clocks of another thread are those of the thread that stands for it", "[replay]") {
  // ~4150 << 3 and so on: 4150 is the process, 4151 its thread.
  check_agrees(
      replay_text("4150 getpid() = 4150\n"
                  "4150 clone(child_stack=0x7f0000, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|"
                  "CLONE_THREAD|CLONE_SYSVSEM) = 4151\n"
                  "4151 getpid() = 4150\n"
                  "4150 clock_getres(0xffff7e4a /* CLOCK_??? */, NULL) = 0\n"
                  "4150 clock_getres(0xffff7e46 /* CLOCK_??? */, {tv_sec=0, tv_nsec=1}) = 0\n"
                  "4150 clock_gettime(0xffff7e46 /* CLOCK_??? */, {tv_sec=0, tv_nsec=0}) = 0\n"
                  "4150 clock_getres(0xffed2979 /* CLOCK_??? */, 0x7ffe) = -1 EINVAL (Invalid argument)\n"
                  "4151 exit(0) = ?\n"),
      7);
}

TEST_CASE("an interrupted poll goes on by restart_syscall, as often as it is interrupted", "[replay]") {
  check_agrees(
      replay_text("7 1.000000 pipe([3, 4]) = 0\n"
                  "7 1.000100 clone(child_stack=NULL, flags=SIGCHLD) = 8\n"
                  "7 1.000200 poll([{fd=3, events=POLLIN}], 1, 30000 <unfinished ...>\n"
                  "8 1.050000 kill(7, SIGSTOP) = 0\n"
                  "7 1.050100 <... poll resumed>) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)\n"
                  "7 1.050200 --- SIGSTOP {si_signo=SIGSTOP, si_code=SI_USER, si_pid=8, si_uid=0} ---\n"
                  "7 1.050300 --- stopped by SIGSTOP ---\n"
                  "8 1.070000 kill(7, SIGCONT) = 0\n"
                  "7 1.070100 --- SIGCONT {si_signo=SIGCONT, si_code=SI_USER, si_pid=8, si_uid=0} ---\n"
                  "7 1.070200 restart_syscall(<... resuming interrupted poll ...> <unfinished ...>\n"
                  "8 1.100000 kill(7, SIGSTOP) = 0\n"
                  "7 1.100100 <... restart_syscall resumed>) = ? ERESTART_RESTARTBLOCK (Interrupted by "
                  "signal)\n"
                  "7 1.100200 --- SIGSTOP {si_signo=SIGSTOP, si_code=SI_USER, si_pid=8, si_uid=0} ---\n"
                  "7 1.100300 --- stopped by SIGSTOP ---\n"
                  "8 1.120000 kill(7, SIGCONT) = 0\n"
                  "7 1.120100 --- SIGCONT {si_signo=SIGCONT, si_code=SI_USER, si_pid=8, si_uid=0} ---\n"
                  "7 1.120200 restart_syscall(<... resuming interrupted restart_syscall ...> <unfinished "
                  "...>\n"
                  "8 1.150000 write(4, \"x\", 1) = 1\n"
                  "7 1.150100 <... restart_syscall resumed>) = 1\n"
                  "8 1.160000 exit_group(0) = ?\n"),
      10);
}

TEST_CASE("what gVisor and older kernels answer otherwise is known", "[replay]") {
  const std::string_view pipe = "1 mknodat(AT_FDCWD, \"/srv/p\", S_IFIFO|0600) = 0\n";
  CHECK(replay_text(pipe).agree == 1);
  const workloads::Result gofer = replay_text(pipe, "gvisor-kvm");
  CHECK(gofer.mismatches.empty());
  REQUIRE(gofer.known_differences.size() == 1);
  CHECK(gofer.known_differences.front().emulated == -kernel::EOPNOTSUPP_);
  const workloads::Result clone = replay_text(
      "1 openat(AT_FDCWD, \"/srv/a\", O_RDWR|O_CREAT, 0600) = 3\n"
      "1 openat(AT_FDCWD, \"/srv/b\", O_RDWR|O_CREAT, 0600) = 4\n"
      "1 ioctl(4, BTRFS_IOC_CLONE or FICLONE, 3) = -1 EOPNOTSUPP (Operation not supported)\n");
  CHECK(clone.mismatches.empty());
  REQUIRE(clone.known_differences.size() == 1);
  CHECK(clone.known_differences.front().emulated == -kernel::ENOTTY_);
}
