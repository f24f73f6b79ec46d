// The end of threads and processes (kernel/exit.c).
#pragma once

#include <cstdint>

namespace isosim::kernel {

class Kernel;
class Process;
class Thread;

// Ends the calling thread; `status` as wait4 reports it (code << 8, or a signal). When it returns, the thread
// is dead and has no CPU: its task must return without another charge.
void do_exit(Kernel& k, Thread& t, std::int32_t status);

// Ends all threads of the caller's process; the caller last of what it does itself.
void do_group_exit(Kernel& k, Thread& t, std::int32_t status);

// What a thread's task does when its program returns without having called exit.
void thread_returned(Thread& t);

// do_notify_parent(), do_notify_parent_cldstop(): SIGCHLD with `code` (SignalInfo::exited ...) and a wake-up
// of wait4.
void notify_parent(Kernel& k, Thread& t, std::int32_t code, std::int32_t status);

// What execve does to the caller's old program (de_thread(), flush_old_exec()): its other threads, memory,
// handlers and descriptors that close go, and none is loaded. False if the caller was killed meanwhile.
bool leave_program(Kernel& k, Thread& t);

// The caller's memory is no longer shared with the parent of its vfork.
void complete_vfork(Kernel& k, Thread& t);

}  // namespace isosim::kernel
