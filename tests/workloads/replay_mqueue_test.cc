// POSIX message queues in replays: queues that were there before, the order of processes, deadlines, signals.
#include "tests/workloads/replay_text.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("a queue that a trace opens without making it was there before", "[replay]") {
  const std::string_view text =
      "1 mq_open(\"old\", O_RDWR|O_NONBLOCK) = 3\n"
      "1 mq_timedreceive(3, 0x7ffe00, 8192, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)\n"
      "1 mq_open(\"none\", O_RDWR) = -1 ENOENT (No such file or directory)\n"
      "1 mq_open(\"new\", O_RDWR|O_CREAT|O_EXCL, 0600, {mq_flags=0, mq_maxmsg=2, mq_msgsize=8, "
      "mq_curmsgs=0}) "
      "= 4\n"
      "1 mq_timedsend(4, \"12345678\", 8, 1, NULL) = 0\n"
      "1 mq_timedsend(4, \"123456789\", 9, 1, NULL) = -1 EMSGSIZE (Message too long)\n"
      "1 mq_timedreceive(4, \"12345678\", 8, [1], NULL) = 8\n"
      "1 mq_getsetattr(4, NULL, {mq_flags=0, mq_maxmsg=2, mq_msgsize=8, mq_curmsgs=0}) = 0\n"
      "1 mq_unlink(\"new\") = 0\n"
      "1 mq_unlink(\"new\") = -1 ENOENT (No such file or directory)\n"
      "1 mq_unlink(\"a/b\") = -1 EACCES (Permission denied)\n";
  for (const char* platform : {"native", "runc"}) {
    const workloads::Result result = replay_text(text, platform);
    check_agrees(result, 11);
    CHECK(result.modelled == 11);
  }
}

TEST_CASE("gVisor has no message queues, and is known not to", "[replay][gvisor]") {
  const workloads::Result result = replay_text(
      "1 mq_open(\"new\", O_RDWR|O_CREAT, 0600, NULL) = 3\n"
      "1 mq_timedsend(3, \"1\", 1, 1, NULL) = 0\n"
      "1 mq_unlink(\"new\") = 0\n"
      "1 process_vm_readv(1, [{iov_base=\"\", iov_len=1}], 1, [{iov_base=0x7ffe, iov_len=1}], 1, 0) = 1\n"
      "1 sched_getattr(0, {size=48, sched_policy=SCHED_OTHER}, 48, 0) = 0\n"
      "1 pkey_alloc(0, 0) = 1\n"
      "1 vhangup() = 0\n",
      "gvisor-kvm");
  CHECK(result.mismatches.empty());
  CHECK(result.modelled == 7);
  CHECK(result.known_differences.size() == 7);
}

TEST_CASE("processes meet at a queue in the recorded order", "[replay]") {
  const std::string_view text =
      "1 1700000000.000000 mq_open(\"q\", O_RDWR|O_CREAT, 0600, {mq_flags=0, mq_maxmsg=1, mq_msgsize=64, "
      "mq_curmsgs=0}) = 3 <0.000010>\n"
      "1 1700000000.000100 clone(child_stack=NULL, flags=SIGCHLD) = 2 <0.000100>\n"
      "2 1700000000.000300 mq_timedreceive(3, <unfinished ...>\n"
      "1 1700000000.010000 mq_timedsend(3, \"a\", 1, 0, NULL) = 0 <0.000010>\n"
      "2 1700000000.010100 <... mq_timedreceive resumed>\"a\", 64, [0], NULL) = 1 <0.009800>\n"
      "2 1700000000.010200 mq_timedsend(3, \"bb\", 2, 0, NULL) = 0 <0.000010>\n"
      "2 1700000000.010300 mq_timedsend(3, \"ccc\", 3, 7,  <unfinished ...>\n"
      "1 1700000000.020000 mq_timedreceive(3, \"bb\", 64, [0], NULL) = 2 <0.000010>\n"
      "2 1700000000.020100 <... mq_timedsend resumed>NULL) = 0 <0.009800>\n"
      "1 1700000000.020200 mq_timedreceive(3, \"ccc\", 64, [7], NULL) = 3 <0.000010>\n"
      "2 1700000000.020300 mq_open(\"q\", O_RDONLY) = 4 <0.000010>\n"
      "1 1700000000.020400 mq_unlink(\"q\") = 0 <0.000010>\n"
      "2 1700000000.020500 mq_open(\"q\", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000010>\n"
      "2 1700000000.020600 exit_group(0) = ?\n"
      "2 1700000000.020700 +++ exited with 0 +++\n"
      "1 1700000000.020800 wait4(-1, NULL, 0, NULL) = 2 <0.000010>\n";
  check_agrees(replay_text(text), 12);
}

TEST_CASE("a wait for a message ends at its date, and a signal tells of one", "[replay]") {
  const workloads::Result result = replay_text(
      "1 1700000000.000000 mq_open(\"q\", O_RDWR|O_CREAT, 0600, NULL) = 3 <0.000010>\n"
      "1 1700000000.000100 mq_timedreceive(3, 0x7ffe00, 8192, NULL, {tv_sec=1700000000, tv_nsec=30100000}) = "
      "-1 "
      "ETIMEDOUT (Connection timed out) <0.030000>\n"
      "1 1700000000.030200 mq_timedreceive(3, 0x7ffe00, 8192, NULL, {tv_sec=0, tv_nsec=0}) = -1 ETIMEDOUT "
      "(Connection timed out) <0.000010>\n"
      "1 1700000000.030300 rt_sigaction(SIGUSR1, {sa_handler=0x55f0, sa_mask=[], "
      "sa_flags=SA_RESTORER|SA_SIGINFO, "
      "sa_restorer=0x7f}, NULL, 8) = 0 <0.000010>\n"
      "1 1700000000.030400 mq_notify(3, {sigev_signo=SIGUSR1, sigev_notify=SIGEV_SIGNAL}) = 0 <0.000010>\n"
      "1 1700000000.030500 mq_notify(3, {sigev_signo=0, sigev_notify=SIGEV_NONE}) = -1 EBUSY (Device or "
      "resource "
      "busy) <0.000010>\n"
      "1 1700000000.030600 mq_timedsend(3, \"a\", 1, 0, NULL) = 0 <0.000010>\n"
      "1 1700000000.030700 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_MESGQ, si_pid=1, si_uid=0} ---\n"
      "1 1700000000.030800 rt_sigreturn({mask=[]}) = 0 <0.000010>\n"
      "1 1700000000.030900 mq_notify(3, NULL) = 0 <0.000010>\n");
  check_agrees(result, 8);
  CHECK(result.simulated > sim::milliseconds(29));
  CHECK(result.simulated < sim::milliseconds(33));
}

TEST_CASE("newer calls fail on the modelled kernel, and are known to", "[replay]") {
  const workloads::Result result = replay_text(
      "1 pkey_alloc(0, 0) = 1\n"
      "1 pkey_mprotect(0x7f0000000000, 4096, PROT_READ, 1) = 0\n"
      "1 io_uring_setup(8, {flags=0}) = 3\n"
      "1 io_uring_enter(3, 1, 1, 0, NULL, 8) = 1\n"
      "1 openat(AT_FDCWD, \"/f\", O_RDWR|O_CREAT, 0600) = 4\n");
  CHECK(result.mismatches.empty());
  CHECK(result.known_differences.size() == 4);
  CHECK(result.modelled == 5);
  CHECK(result.agree == 1);
}

TEST_CASE("the memory of a child is read and written through addresses that it has from its parent",
          "[replay]") {
  const std::string_view text =
      "1 mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1000000000\n"
      "1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2\n"
      "2 pause( <unfinished ...>\n"
      "1 process_vm_readv(2, [{iov_base=\"\\0\"..., iov_len=30000}], 1, [{iov_base=0x7f1000000000, "
      "iov_len=30000}], 1, 0) = 30000\n"
      "1 process_vm_writev(2, [{iov_base=\"\\0\"..., iov_len=30000}], 1, [{iov_base=0x7f1000008000, "
      "iov_len=10000}, {iov_base=0x7f100000f000, iov_len=4096}], 2, 0) = 14096\n"
      "1 process_vm_readv(-1, [{iov_base=0x7f1000000000, iov_len=1}], 1, [{iov_base=0x7f1000000000, "
      "iov_len=1}], 1, 0) = -1 ESRCH (No such process)\n"
      "1 kill(2, SIGKILL) = 0\n"
      "2 <... pause resumed>) = ?\n"
      "2 +++ killed by SIGKILL +++\n"
      "1 wait4(2, NULL, 0, NULL) = 2\n";
  check_agrees(replay_text(text), 6);
}
