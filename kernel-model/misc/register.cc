#include "kernel-model/misc/calls.h"
#include "kernel-model/process/namespaces.h"

namespace isosim::kernel {

void register_misc_calls(SyscallTable& table) {
  register_identity_calls(table);
  register_limit_calls(table);
  register_policy_calls(table);
  register_prctl_calls(table);
  register_scheduling_calls(table);
  register_semaphore_calls(table);
  register_message_queue_calls(table);
  register_memory_policy_calls(table);
  register_shm_calls(table);
  register_system_calls(table);
  register_thread_calls(table);
  register_time_calls(table);
}

Process* process_argument(Kernel& k, Thread& t, std::uint64_t pid) {
  const auto number = static_cast<std::int32_t>(pid);
  return number == 0 ? t.process : k.find_process(t.process->namespaces->pid->id(number));
}

Thread* thread_argument(Kernel& k, Thread& t, std::uint64_t tid) {
  const auto number = static_cast<std::int32_t>(tid);
  return number == 0 ? &t : k.find_thread(t.process->namespaces->pid->id(number));
}

bool same_user(const Process& caller, const Process& target) {
  const Credentials &a = caller.credentials, &b = target.credentials;
  return a.euid == b.uid || a.euid == b.euid;
}

}  // namespace isosim::kernel
