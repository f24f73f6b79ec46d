#include "kernel-model/process/namespaces.h"

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"

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
  net = std::make_shared<NetNamespace>();
  maker.charge(paths.net_namespace);
}

}  // namespace isosim::kernel
