// What the kernel keeps of processes beside the processes: paths, the dead, name spaces and control groups at
// boot.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "kernel-model/process/cgroup.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/process/process_paths.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;
class NetCore;  // net/net_core.h
class Process;
class Rcu;  // sched/rcu.h
class Thread;
struct CgroupLocks;  // process/cgroup_locks.h

class ProcessTable {
 public:
  explicit ProcessTable(Kernel& kernel);
  ~ProcessTable();

  const ProcessPaths paths;
  const std::shared_ptr<Namespaces> initial_namespaces;
  const std::shared_ptr<Cgroup> root_cgroup;
  const std::unique_ptr<Rcu> rcu;
  const std::unique_ptr<CgroupLocks> cgroups;
  const std::unique_ptr<NetCore> net;

  // release_task(): takes a thread or a process out of the tables. The objects live on for a grace period: a
  // pointer found before a charge is good after it. It is not good after blocking; look the pid up again.
  void release(Thread& thread);
  void release(Process& process);

  // kthread_create(): a thread of the kernel, in a process without address space; it starts at once.
  Thread& kthread(std::string name, std::function<void(Thread&)> body);

  std::uint64_t next_space() { return ++spaces_; }
  [[nodiscard]] std::size_t dead() const { return dead_.size(); }

 private:
  struct Dead {
    sim::Time since;
    std::unique_ptr<Process> process;
    std::unique_ptr<Thread> thread;
  };
  void bury(Dead dead);

  Kernel& kernel_;
  std::deque<Dead> dead_;
  std::uint64_t spaces_ = 0;
};

}  // namespace isosim::kernel
