// The calls about scheduling (kernel/sched/core.c), and prctl's options about processes.
#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

namespace {

Thread* thread_by_number(Kernel& k, Thread& t, std::int32_t number) {
  return number == 0 ? &t : k.find_thread(t.process->namespaces->pid->id(number));
}

// Argument 2 points to the mask; its payload is one number. Without it (a record that does not show the mask)
// the affinity stays.
std::int64_t sys_sched_setaffinity(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.affinity);
  Thread* target = thread_by_number(k, t, s.fd(0));
  if (!target) return -ESRCH_;
  const auto* mask = s.get<OptionValue>(2);
  return mask ? k.sched->set_affinity(*target, mask->value, t) : 0;
}

std::int64_t sys_sched_getaffinity(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.affinity);
  const Thread* target = thread_by_number(k, t, s.fd(0));
  if (!target) return -ESRCH_;
  constexpr std::uint64_t mask_bytes = 8;
  if (s.u64(1) % 8 != 0 || s.u64(1) < mask_bytes) return -EINVAL_;
  s.out.value = target->affinity & k.sched->online_mask();
  return mask_bytes;
}

std::int64_t nice_limit(const Thread& t, int wanted, int current) {
  const bool may = (t.process->credentials.capabilities >> 23 & 1) != 0;  // CAP_SYS_NICE
  return wanted < current && !may ? -EACCES_ : 0;
}

std::int64_t sys_setpriority(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.affinity);
  if (s.u64(0) > 2) return -EINVAL_;
  const int nice = std::clamp(s.fd(2), -20, 19);
  bool any = false;
  for (const auto& [pid, process] : k.processes) {
    const std::int32_t id = s.fd(1) == 0 ? t.process->pid : t.process->namespaces->pid->id(s.fd(1));
    const bool meant = s.u64(0) == 0   ? process->pid == id
                       : s.u64(0) == 1 ? process->pgid == (s.fd(1) == 0 ? t.process->pgid : id)
                                       : process->credentials.uid == static_cast<std::uint32_t>(s.fd(1));
    if (!meant) continue;
    any = true;
    for (Thread* thread : process->threads) {
      if (const std::int64_t error = nice_limit(t, nice, thread->se.nice); error != 0) return error;
      k.sched->set_nice(*thread, nice);
    }
  }
  return any ? 0 : -ESRCH_;
}

}  // namespace

std::int64_t process_prctl(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.prctl);
  Process& process = *t.process;
  switch (s.fd(0)) {
    case 1:  // PR_SET_PDEATHSIG
      if (s.u64(1) > signo::last) return -EINVAL_;
      process.parent_death_signal = s.fd(1);
      return 0;
    case 2:  // PR_GET_PDEATHSIG
      s.out.value = static_cast<std::uint64_t>(process.parent_death_signal);
      return 0;
    case 3:
      return 1;  // PR_GET_DUMPABLE
    case 4:      // PR_SET_DUMPABLE
      return s.u64(1) <= 1 ? 0 : -EINVAL_;
    case 15:  // PR_SET_NAME
      if (!s.text(1).empty()) t.name = std::string(s.text(1).substr(0, 15));
      if (t.tid == process.pid) process.comm = t.name;
      return 0;
    case 16:  // PR_GET_NAME
      s.out.text = t.name;
      return 0;
    case 29:  // PR_SET_TIMERSLACK
      t.timer_slack = s.s64(1) > 0 ? sim::nanoseconds(s.s64(1)) : sim::microseconds(50);
      return 0;
    case 30:
      return t.timer_slack.ps / 1000;  // PR_GET_TIMERSLACK
    case 36:                           // PR_SET_CHILD_SUBREAPER
      process.subreaper = s.u64(1) != 0;
      return 0;
    case 37:  // PR_GET_CHILD_SUBREAPER
      s.out.value = process.subreaper ? 1 : 0;
      return 0;
    default:
      return -EINVAL_;
  }
}

void register_sched_calls(SyscallTable& table) {
  table.set(nr::sched_yield, [](Kernel& k, Thread& t, Sys&) -> std::int64_t {
    k.sched->yield(t);
    return 0;
  });
  table.set(nr::sched_setaffinity, sys_sched_setaffinity);
  table.set(nr::sched_getaffinity, sys_sched_getaffinity);
  table.set(nr::setpriority, sys_setpriority);
  table.set(nr::getpriority, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    t.charge(k.procs->paths.affinity);
    const Thread* target = thread_by_number(k, t, s.fd(1));
    return target ? 20 - target->se.nice : -ESRCH_;  // the raw call's range is 40 .. 1
  });
  table.set(nr::sched_getscheduler, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    t.charge(k.procs->paths.affinity);
    return thread_by_number(k, t, s.fd(0)) ? 0 : -ESRCH_;  // SCHED_OTHER
  });
  table.set(nr::sched_getparam, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    t.charge(k.procs->paths.affinity);
    return thread_by_number(k, t, s.fd(0)) ? 0 : -ESRCH_;
  });
  table.set(nr::getcpu, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    t.charge(k.procs->paths.getpid);
    s.out.value = static_cast<std::uint64_t>(t.cpu);
    return 0;
  });
}

}  // namespace isosim::kernel
