// What each argument of each system call is, so that a recorded one can be put before a kernel.
#pragma once

#include <string_view>

#include "kernel-model/abi/syscall.h"
#include "traces/event.h"

namespace isosim::workloads {

// One letter an argument:
//   numbers      n number   o number or number[1]   l number or flock   c clock, which may be of a task
//   descriptors  F descriptor   D directory descriptor (may be AT_FDCWD)
//   identifiers  z process or thread   h shared memory   j semaphore set   q message queue
//   memory       a buffer   b buffer whose text is given on   u futex word   N mask of memory nodes
//                A address that the kernel gave out (mmap, brk, shmat)
//   strings      p path   s other string   x argv, envp
//   arrays       v iovec[]   W iovec[] of another process   P pollfd[]   m mmsghdr[]   Q sembuf[]   Y iocb*[]
//   structures   B mq_attr   C clone_args   E sigevent of mq_notify   G siginfo   H open_how   I itimerspec
//                K sigaction   M msghdr   O option value   R msqid_ds   S socket address   T timeval
//                U sched_attr   V sigevent   X capability header   Z capability sets   e epoll_event
//                i itimerval   k signal set   r rlimit   t timespec   w fd_set   y msgbuf
//   results      L fd[2]   - ignored (a result or a structure without effect here)
// What the call returns:
//   n number (compared)   F new descriptor   A address   z h j q as above
//   - clock or random: not compared
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
