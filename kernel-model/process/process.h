// A process (thread group): what its threads share.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "kernel-model/fs/fd_table.h"
#include "kernel-model/misc/attributes.h"
#include "kernel-model/sched/wait_queue.h"
#include "kernel-model/signal/signal_info.h"

namespace isosim::kernel {

class Mm;            // mm/mm.h: address space
struct FsContext;    // fs/fs_context.h: root, working directory, umask, mount name space
struct Path;         // fs/mount.h
class SeccompChain;  // process/seccomp.h: the filters that calls pass
struct Namespaces;   // process/namespaces.h
struct Completion;   // sched/completion.h
struct ProcessTimers;
class Cgroup;
class Pty;  // tty/pty.h

struct Credentials {
  std::uint32_t uid = 0, euid = 0, suid = 0, gid = 0, egid = 0, sgid = 0;
  std::vector<std::uint32_t> groups;
  std::uint32_t fsuid = 0, fsgid = 0;  // who it is to file systems: they follow euid and egid
  std::uint64_t capabilities = ~0ull;  // effective set
  std::uint64_t permitted = ~0ull, inheritable = 0, bounding = ~0ull, ambient = 0;
};

struct SignalHandlers : Counted<SignalHandlers> {
  std::array<SignalAction, 64> action{};  // [n-1]: signal n
  WaitQueue signalfd_wait;                // readers and pollers of signalfds (signalfd_wqh)
};

class Process {
 public:
  Process(Kernel& k, std::int32_t process_id, Process* parent_process);
  ~Process();

  Kernel& kernel;
  std::int32_t pid;  // in the initial pid name space
  Process* parent;
  std::int32_t pgid = 0, sid = 0;
  bool terminal = false;     // the session has a controlling one: /dev/tty can be opened
  std::shared_ptr<Pty> pty;  // which that is; null: one outside
  std::string comm;
  std::string executable;           // /proc/self/exe as text
  std::shared_ptr<const Path> exe;  // and as a link, which works whatever the root is; null: by the text

  Ref<FdTable> files;
  std::shared_ptr<Mm> mm;
  std::uint64_t space_id = 0;  // names the address space: shared by CLONE_VM, new after fork and execve
  std::shared_ptr<FsContext> fs;
  Ref<SignalHandlers> handlers;
  std::shared_ptr<const SeccompChain> seccomp;  // null: no filter
  std::shared_ptr<Namespaces> namespaces;
  std::shared_ptr<Cgroup> cgroup;
  Credentials credentials;
  ProcessAttributes attributes;
  std::array<RLimit, 16> limits{};

  std::vector<Thread*> threads;      // alive
  std::vector<Process*> children;    // alive or zombie
  std::uint64_t shared_pending = 0;  // signals to the whole group
  bool zombie = false;
  std::int32_t exit_status = 0;  // as wait4 reports it
  int exit_signal = 17;          // SIGCHLD
  WaitQueue child_exit;          // wait4 sleeps here

  SignalQueue signal_queue;    // what came with the signals in `shared_pending`
  bool group_exiting = false;  // exit_group or a fatal signal: every thread leaves
  std::int32_t group_exit_status = 0;
  int stop_signal = 0;                                        // stopped by this one; 0: runs
  bool stop_unreported = false, continue_unreported = false;  // what WUNTRACED, WCONTINUED have not seen
  bool executed = false;                   // has called execve: setpgid by the parent is refused
  std::shared_ptr<Completion> vfork_done;  // the parent of a vfork waits for it
  WaitQueue exit_wait;                     // pollers of its pidfds
  sim::Time children_runtime;              // of reaped children
  sim::Time runtime_of_dead;               // of threads that have left
  std::vector<Thread*> tracees;            // threads that its threads trace
  // Tracees that ended and are not its children: what wait4 is yet to tell of them.
  struct EndedTracee {
    std::int32_t tid, number, pgid, status;  // `number` in its own name space
  };
  std::deque<EndedTracee> ended_tracees;
  std::shared_ptr<ProcessTimers> timers;  // time/process_timers.h: setitimer, timer_create; null: none yet
};

}  // namespace isosim::kernel
