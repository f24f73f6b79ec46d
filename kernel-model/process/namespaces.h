// Name spaces of a process (nsproxy): what it sees of pids, host name, System V IPC, network, users, control
// groups. The mount name space is in FsContext.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/misc/message_queues.h"
#include "kernel-model/misc/semaphores.h"
#include "kernel-model/misc/shm.h"

namespace isosim::kernel {

class Process;
class Thread;
class Cgroup;

namespace clone_flag {
inline constexpr std::uint64_t vm = 0x100, fs = 0x200, files = 0x400, sighand = 0x800, pidfd = 0x1000,
                               ptrace = 0x2000, vfork = 0x4000, parent = 0x8000, thread = 0x10000,
                               newns = 0x20000, sysvsem = 0x40000, settls = 0x80000, parent_settid = 0x100000,
                               child_cleartid = 0x200000, untraced = 0x800000, child_settid = 0x1000000,
                               newcgroup = 0x2000000, newuts = 0x4000000, newipc = 0x8000000,
                               newuser = 0x10000000, newpid = 0x20000000, newnet = 0x40000000,
                               io = 0x80000000;
inline constexpr std::uint64_t new_any = newns | newcgroup | newuts | newipc | newuser | newpid | newnet;
}  // namespace clone_flag

class PidNamespace {
 public:
  explicit PidNamespace(std::shared_ptr<PidNamespace> enclosing)
      : parent(std::move(enclosing)), level(parent ? parent->level + 1 : 0) {}

  const std::shared_ptr<PidNamespace> parent;
  const int level;
  Process* init = nullptr;  // child_reaper; its exit kills the others

  // In the initial name space a task's number is its id; deeper ones count from 1.
  std::int32_t allocate(std::int32_t id);
  [[nodiscard]] std::int32_t number(std::int32_t id) const;  // 0: not visible from here
  [[nodiscard]] std::int32_t id(std::int32_t number) const;  // -1: no such task
  void forget(std::int32_t id);
  [[nodiscard]] bool contains(const PidNamespace& other) const;

 private:
  std::int32_t next_ = 1;
  std::map<std::int32_t, std::int32_t> numbers_, ids_;
};

struct UtsNamespace {
  std::string nodename = "localhost", domainname = "(none)";
};
class MqueueFs;  // ipc/mqueue_fs.h
struct IpcNamespace {
  ShmTable shm;
  SemaphoreTable semaphores;
  MessageQueueTable messages;
  MqueueFs* mqueues = nullptr;  // POSIX message queues; null: none so far. Vfs owns it
};
struct NetNamespace;
struct NetDevice {
  std::string name;
  NetNamespace* space;
  NetDevice* peer = nullptr;  // the other end of a veth pair, in any name space
};
struct NetNamespace {
  bool loopback_up = false;
  std::vector<std::unique_ptr<NetDevice>> devices;  // beside the loopback device
};
struct CgroupNamespace {
  std::shared_ptr<Cgroup> root;  // null: the hierarchy's
};
struct UserNamespace {
  std::shared_ptr<UserNamespace> parent;
  std::uint32_t owner = 0;
  int level = 0;
};

struct Namespaces {
  std::shared_ptr<PidNamespace> pid;  // the one the process is in
  std::shared_ptr<PidNamespace> pid_for_children;
  std::shared_ptr<UtsNamespace> uts;
  std::shared_ptr<IpcNamespace> ipc;
  std::shared_ptr<NetNamespace> net;
  std::shared_ptr<UserNamespace> user;
  std::shared_ptr<CgroupNamespace> cgroup;

  static Namespaces initial();
  // free_nsproxy(): the last process of a set of name spaces leaves it. `t` waits for what 4.4 waits for, but
  // a network name space is taken apart later. Those of pids and users stay: a dead process still has
  // numbers.
  static void leave(Thread& t);
  // copy_namespaces(): new ones for the CLONE_NEW* bits in `flags`, for which `maker` pays.
  void renew(std::uint64_t flags, Thread& maker);
};

}  // namespace isosim::kernel
