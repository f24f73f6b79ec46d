#include "kernel-model/process/namespaces.h"

#include <utility>

#include "kernel-model/fs/fs_context.h"
#include "kernel-model/kernel.h"
#include "kernel-model/net/net_core.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/sched/rcu.h"

namespace isosim::kernel {

std::int32_t PidNamespace::allocate(std::int32_t task) {
  if (level == 0) return task;
  if (parent) parent->allocate(task);
  const std::int32_t number = next_++;
  numbers_[task] = number;
  ids_[number] = task;
  return number;
}

std::int32_t PidNamespace::number(std::int32_t task) const {
  if (level == 0) return task;
  const auto found = numbers_.find(task);
  return found == numbers_.end() ? 0 : found->second;
}

std::int32_t PidNamespace::id(std::int32_t number) const {
  if (level == 0) return number;
  const auto found = ids_.find(number);
  return found == ids_.end() ? -1 : found->second;
}

void PidNamespace::forget(std::int32_t task) {
  if (parent) parent->forget(task);
  const auto found = numbers_.find(task);
  if (found == numbers_.end()) return;
  ids_.erase(found->second);
  numbers_.erase(found);
}

bool PidNamespace::contains(const PidNamespace& other) const {
  for (const PidNamespace* ns = &other; ns; ns = ns->parent.get())
    if (ns == this) return true;
  return false;
}

Namespaces Namespaces::initial() {
  Namespaces ns;
  ns.pid = ns.pid_for_children = std::make_shared<PidNamespace>(nullptr);
  ns.uts = std::make_shared<UtsNamespace>();
  ns.ipc = std::make_shared<IpcNamespace>();
  ns.net = std::make_shared<NetNamespace>();
  ns.net->loopback_up = true;
  ns.user = std::make_shared<UserNamespace>();
  ns.cgroup = std::make_shared<CgroupNamespace>();
  return ns;
}

void Namespaces::renew(std::uint64_t flags, Thread& maker) {
  const Process& process = *maker.process;
  std::uint64_t made = (flags & clone_flag::newns) ? 1 : 0;  // the mounts themselves are FsContext's
  if (flags & clone_flag::newuser) {
    user = std::make_shared<UserNamespace>(UserNamespace{user, process.credentials.euid, user->level + 1});
    ++made;
  }
  if (flags & clone_flag::newpid) pid_for_children = std::make_shared<PidNamespace>(pid), ++made;
  if (flags & clone_flag::newuts) uts = std::make_shared<UtsNamespace>(*uts), ++made;
  if (flags & clone_flag::newipc) ipc = std::make_shared<IpcNamespace>(), ++made;
  if (flags & clone_flag::newcgroup) {
    cgroup = std::make_shared<CgroupNamespace>(CgroupNamespace{process.cgroup});
    ++made;
  }
  const ProcessPaths& paths = maker.kernel.procs->paths;
  maker.charge(paths.namespaces, made);
  if (!(flags & clone_flag::newnet)) return;
  net = maker.kernel.procs->net->make_space(maker);
}

void Namespaces::leave(Thread& t) {
  Process& process = *t.process;
  ProcessTable& table = *t.kernel.procs;
  if (!process.namespaces) return;
  const bool last_mounts =
      process.fs && process.fs.use_count() == 1 && process.fs->mounts && process.fs->mounts->use_count() == 1;
  process.fs = nullptr;
  // put_mnt_ns(): namespace_unlock() with mounts on its list.
  if (last_mounts) table.rcu->synchronize(t);
  auto left = std::make_shared<Namespaces>(*process.namespaces);
  process.namespaces = left;
  const std::shared_ptr<IpcNamespace> last_ipc = std::exchange(left->ipc, nullptr);
  // put_ipc_ns(): kern_unmount() of its message queues' file system.
  if (last_ipc && last_ipc.use_count() == 1) table.rcu->synchronize(t);
  table.net->put(t, std::exchange(left->net, nullptr));
}

}  // namespace isosim::kernel
