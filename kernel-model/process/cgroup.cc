#include "kernel-model/process/cgroup.h"

#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/cgroup_locks.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

bool Cgroup::may_add_task() const {
  for (const Cgroup* group = this; group; group = group->parent.get())
    if (group->pids_max != unlimited && group->tasks_ >= group->pids_max) return false;
  return true;
}

void Cgroup::charge_task() {
  for (Cgroup* group = this; group; group = group->parent.get()) ++group->tasks_;
}

void Cgroup::uncharge_task() {
  for (Cgroup* group = this; group; group = group->parent.get())
    if (group->tasks_ > 0) --group->tasks_;
}

bool Cgroup::charge_memory(std::uint64_t pages) {
  for (const Cgroup* group = this; group; group = group->parent.get())
    if (group->memory_limit_pages != unlimited && group->pages_ + pages > group->memory_limit_pages)
      return false;
  for (Cgroup* group = this; group; group = group->parent.get()) group->pages_ += pages;
  return true;
}

void Cgroup::uncharge_memory(std::uint64_t pages) {
  for (Cgroup* group = this; group; group = group->parent.get())
    group->pages_ -= std::min(group->pages_, pages);
}

// __cgroup_procs_write(): what percpu_down_write() waits for, it waits for with the mutex held.
void attach_to_cgroup(Kernel& k, Thread& t, Process& process, std::shared_ptr<Cgroup> group) {
  CgroupLocks& locks = *k.procs->cgroups;
  const MutexGuard guard(locks.mutex, k, t);
  locks.migration.enter(t);
  t.charge(k.procs->paths.cgroup_attach);
  const std::size_t tasks = process.threads.size();
  for (std::size_t i = 0; i < tasks; ++i) {
    if (process.cgroup) process.cgroup->uncharge_task();
    group->charge_task();
  }
  process.cgroup = std::move(group);
  locks.migration.exit(t);
}

void make_cgroup(Kernel& k, Thread& t) {
  const MutexGuard guard(k.procs->cgroups->mutex, k, t);
  t.charge(k.procs->paths.cgroup_make);
}

// kill_css(): the reference counts go atomic, which a grace period makes sure of; then css_killed_work_fn()
// takes the state offline, and after a second one css_free_work_fn() gives it back.
void remove_cgroup(Kernel& k, Thread& t) {
  CgroupLocks& locks = *k.procs->cgroups;
  {
    const MutexGuard guard(locks.mutex, k, t);
    t.charge(k.procs->paths.cgroup_remove);
  }
  k.procs->rcu->call(t, [&k, &locks](Thread& softirq) {
    locks.destroy.queue(softirq, [&k, &locks](Thread& worker) {
      const MutexGuard offline(locks.mutex, k, worker);
      worker.charge(k.procs->paths.cgroup_offline);
    });
  });
}

}  // namespace isosim::kernel
