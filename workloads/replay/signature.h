// What each argument of each system call is, so that a recorded one can be put before a kernel.
#pragma once

#include <string_view>

#include "kernel-model/abi/syscall.h"
#include "traces/event.h"

namespace isosim::workloads {

// One letter an argument:
//   n number        F descriptor      D directory descriptor (may be AT_FDCWD)   z process or thread id
//   h shared memory id   j semaphore set id   Q sembuf[]   c clock, which may be of a process or thread
//   a buffer        b buffer whose text is given on        A address that the kernel gave out (mmap, brk,
//   shmat)       u futex word p path          s other string    v iovec[]     P pollfd[]    w fd_set       S
//   socket address M msghdr        m mmsghdr[]       t timespec    T timeval     i itimerval    I itimerspec
//   k signal set    K sigaction       e epoll_event r rlimit      x argv, envp   C clone_args
//   Y iocb*[]       q message queue id   y msgbuf   R msqid_ds
//   o number or number[1]             l number or flock           O option value H open_how      V sigevent
//   G siginfo         N mask of memory nodes
//   L fd[2] (result)   - ignored (a result or a structure without effect here)
// What the call returns:
//   n number (compared)   F new descriptor   A address   z pid   h shared memory id   j semaphore set id
//   q message queue id   - clock or random: not compared
struct Signature {
  std::string_view args;
  char result = 'n';
};

// The signature of a call; an unknown number gives one without arguments.
const Signature& signature(kernel::SysNr nr);

// What a recorded call returns, by one of the letters above: that of fcntl, ioctl and semctl depends on their
// command.
char result_kind(const traces::Event& event);

}  // namespace isosim::workloads
