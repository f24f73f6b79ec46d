#include "kernel-model/process/process_table.h"

#include "kernel-model/kernel.h"
#include "kernel-model/net/net_core.h"
#include "kernel-model/process/cgroup_locks.h"
#include "kernel-model/process/exit.h"
#include "kernel-model/sched/rcu.h"

namespace isosim::kernel {

namespace {
// No charge is as long as this, so nobody holds a pointer from before.
constexpr sim::Time grace = sim::milliseconds(100);
}  // namespace

ProcessTable::ProcessTable(Kernel& kernel)
    : paths(kernel),
      initial_namespaces(std::make_shared<Namespaces>(Namespaces::initial())),
      root_cgroup(std::make_shared<Cgroup>("/", nullptr)),
      rcu(std::make_unique<Rcu>(kernel)),
      cgroups(std::make_unique<CgroupLocks>(kernel, *rcu)),
      net(std::make_unique<NetCore>(kernel, *rcu)),
      kernel_(kernel) {}

ProcessTable::~ProcessTable() = default;

void ProcessTable::bury(Dead dead) {
  while (!dead_.empty() && dead_.front().since + grace < dead.since &&
         (!dead_.front().thread || !dead_.front().thread->task || dead_.front().thread->task->done()))
    dead_.pop_front();
  dead_.push_back(std::move(dead));
}

void ProcessTable::release(Thread& thread) {
  const auto found = kernel_.threads.find(thread.tid);
  if (found == kernel_.threads.end() || found->second.get() != &thread) return;
  if (thread.process->cgroup) thread.process->cgroup->uncharge_task();
  bury({kernel_.engine.now(), nullptr, std::move(found->second)});
  kernel_.threads.erase(found);
}

void ProcessTable::release(Process& process) {
  if (process.parent) std::erase(process.parent->children, &process);
  if (Thread* leader = kernel_.find_thread(process.pid)) release(*leader);
  if (process.namespaces) process.namespaces->pid->forget(process.pid);
  const auto found = kernel_.processes.find(process.pid);
  if (found == kernel_.processes.end()) return;
  bury({kernel_.engine.now(), std::move(found->second), nullptr});
  kernel_.processes.erase(found);
}

Thread& ProcessTable::kthread(std::string name, std::function<void(Thread&)> body) {
  Process& process = kernel_.create_process(name);
  Thread& thread = kernel_.create_thread(process, std::move(name), std::move(body));
  kernel_.sched->start(thread, nullptr);
  return thread;
}

}  // namespace isosim::kernel
