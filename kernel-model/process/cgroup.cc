#include "kernel-model/process/cgroup.h"

#include <algorithm>

#include "kernel-model/kernel.h"
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

void attach_to_cgroup(Kernel& k, Thread& t, Process& process, std::shared_ptr<Cgroup> group) {
  t.charge(k.procs->paths.cgroup_attach);
  const std::size_t tasks = process.threads.size();
  for (std::size_t i = 0; i < tasks; ++i) {
    if (process.cgroup) process.cgroup->uncharge_task();
    group->charge_task();
  }
  process.cgroup = std::move(group);
}

}  // namespace isosim::kernel
