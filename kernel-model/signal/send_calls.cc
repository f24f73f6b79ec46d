// kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo.
#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"
#include "kernel-model/signal/signal_calls.h"

namespace isosim::kernel {

namespace {

bool valid(int signal) { return signal >= 0 && signal <= signo::last; }

SignalInfo from(const Thread& t, int signal, std::int32_t code) {
  return {signal, code, t.process->pid, t.process->credentials.uid};
}

std::int64_t kill_one(Kernel& k, Thread& t, Process& target, int signal) {
  if (const std::int64_t error = may_signal(t, target, signal); error != 0) return error;
  if (signal != 0) send_signal(k, &t, target, from(t, signal, SignalInfo::user));
  return 0;
}

std::int64_t sys_kill(Kernel& k, Thread& t, Sys& s) {
  const int signal = s.fd(1);
  if (!valid(signal)) return -EINVAL_;
  const PidNamespace& ns = *t.process->namespaces->pid;
  const std::int32_t number = s.fd(0);
  if (number > 0) {
    Process* target = k.find_process(ns.id(number));
    if (!target) {  // a thread's number stands for its process
      const Thread* thread = k.find_thread(ns.id(number));
      if (!thread) return -ESRCH_;
      target = thread->process;
    }
    return kill_one(k, t, *target, signal);
  }
  std::vector<std::int32_t> pids;
  const std::int32_t group = number == 0 ? t.process->pgid : ns.id(-number);
  for (const auto& [pid, process] : k.processes) {
    const bool meant =
        number == -1 ? process.get() != t.process && ns.number(pid) > 1 : process->pgid == group;
    if (meant && !process->zombie) pids.push_back(pid);
  }
  std::int64_t result = -ESRCH_;
  for (const std::int32_t pid : pids) {
    Process* target = k.find_process(pid);
    if (!target) continue;
    const std::int64_t one = kill_one(k, t, *target, signal);
    if (one == 0 || result == -ESRCH_) result = one;
  }
  return result;
}

std::int64_t kill_thread(Kernel& k, Thread& t, std::int32_t tgid, std::int32_t tid, int signal,
                         std::int32_t code) {
  if (tid <= 0 || !valid(signal)) return -EINVAL_;
  const PidNamespace& ns = *t.process->namespaces->pid;
  Thread* target = k.find_thread(ns.id(tid));
  if (!target || target->state == RunState::dead) return -ESRCH_;
  if (tgid > 0 && target->process->pid != ns.id(tgid)) return -ESRCH_;
  if (const std::int64_t error = may_signal(t, *target->process, signal); error != 0) return error;
  if (signal != 0) send_signal(k, &t, *target, from(t, signal, code));
  return 0;
}

// Only to itself may a program send what looks like the kernel's or kill()'s own (do_rt_sigqueueinfo).
bool pretends(const Thread& t, std::int32_t number, const OptionValue& given) {
  const auto code = static_cast<std::int32_t>(given.value);
  return (code >= 0 || code == SignalInfo::tkill) && t.process->namespaces->pid->number(t.tid) != number;
}

// The siginfo that the caller filled is its third argument: of it the code.
std::int64_t sys_rt_sigqueueinfo(Kernel& k, Thread& t, Sys& s) {
  const auto* code = s.get<OptionValue>(2);
  if (!code) return -EFAULT_;
  if (pretends(t, s.fd(0), *code)) return -EPERM_;
  const Thread* named = k.find_thread(t.process->namespaces->pid->id(s.fd(0)));
  if (!named) return -ESRCH_;
  if (!valid(s.fd(1))) return -EINVAL_;
  Process& target = *named->process;
  if (const std::int64_t error = may_signal(t, target, s.fd(1)); error != 0) return error;
  if (s.fd(1) != 0) send_signal(k, &t, target, from(t, s.fd(1), static_cast<std::int32_t>(code->value)));
  return 0;
}

}  // namespace

void register_signal_sending(SyscallTable& table) {
  table.set(nr::kill, sys_kill);
  table.set(nr::tkill, [](Kernel& k, Thread& t, Sys& s) {
    return kill_thread(k, t, 0, s.fd(0), s.fd(1), SignalInfo::tkill);
  });
  table.set(nr::tgkill, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    if (s.fd(0) <= 0) return -EINVAL_;
    return kill_thread(k, t, s.fd(0), s.fd(1), s.fd(2), SignalInfo::tkill);
  });
  table.set(nr::rt_sigqueueinfo, sys_rt_sigqueueinfo);
  table.set(nr::rt_tgsigqueueinfo, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    const auto* code = s.get<OptionValue>(3);
    if (!code) return -EFAULT_;
    if (s.fd(0) <= 0 || s.fd(1) <= 0) return -EINVAL_;
    if (pretends(t, s.fd(1), *code)) return -EPERM_;
    return kill_thread(k, t, s.fd(0), s.fd(1), s.fd(2), static_cast<std::int32_t>(code->value));
  });
}

}  // namespace isosim::kernel
