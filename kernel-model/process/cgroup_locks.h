// What changes of control groups wait for (kernel/cgroup.c, Linux 4.4): one mutex over all hierarchies;
// before a process moves, a grace period that stops forks and exits (cgroup_threadgroup_rwsem, a
// percpu_rw_semaphore), with the mutex held; and the destruction of a group's states by a worker, after its
// rmdir.
#pragma once

#include "kernel-model/ipc/mutex.h"
#include "kernel-model/sched/rcu.h"
#include "kernel-model/sched/work_queue.h"

namespace isosim::kernel {

struct CgroupLocks {
  CgroupLocks(Kernel& k, Rcu& rcu) : migration(k, rcu), destroy(k, "cgroup_destroy") {}
  Mutex mutex;
  RcuSync migration;
  WorkQueue destroy;
};

// cgroup_mkdir(), cgroup_rmdir() beyond the directory: the states of one hierarchy's controllers are made, or
// killed and left to the worker.
void make_cgroup(Kernel& k, Thread& t);
void remove_cgroup(Kernel& k, Thread& t);

}  // namespace isosim::kernel
