// Where and how urgently threads run: affinity, policies, nice values, I/O priorities.
#include <algorithm>
#include <bit>

#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"

namespace isosim::kernel {

namespace {

enum Policy : int { normal = 0, fifo = 1, round_robin = 2, batch = 3, idle = 5, deadline = 6 };
constexpr int kResetOnFork = 0x40000000;

bool real_time(int policy) { return policy == fifo || policy == round_robin; }
bool known(int policy) { return policy >= normal && policy <= deadline && policy != 4; }

bool may_schedule(const Thread& caller, const Thread& target) {
  return same_user(*caller.process, *target.process) || capable(*caller.process, Cap::sys_nice);
}

std::int64_t sys_sched_getaffinity(Kernel& k, Thread& t, Sys& s) {
  const auto possible =
      static_cast<std::uint64_t>(std::max<std::int64_t>(k.misc->possible_cpus, k.cpu.logical_cpus()));
  const std::uint64_t mask_bytes = (possible + 63) / 64 * 8;
  const std::uint64_t length = s.u64(1) & 0xffffffff;
  if (length * 8 < possible || length % 8 != 0) return t.charge(k.misc->paths.field), -EINVAL_;
  t.charge(k.misc->paths.getaffinity);
  const Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  s.out.value = target->affinity & k.sched->online_mask();
  return static_cast<std::int64_t>(std::min(length, mask_bytes));
}

// The mask is in memory that is not carried, unless the program's owner hands it over as a set of bits.
std::int64_t sys_sched_setaffinity(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.setaffinity);
  Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  if (!may_schedule(t, *target)) return -EPERM_;
  const auto* mask = s.get<SignalSet>(2);
  if (!mask) return s.u64(2) == 0 ? -EFAULT_ : 0;
  return k.sched->set_affinity(*target, mask->mask, t);
}

std::int64_t sys_sched_getscheduler(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.sched_parameters);
  if (static_cast<std::int32_t>(s.u64(0)) < 0) return -EINVAL_;
  const Thread* target = thread_argument(k, t, s.u64(0));
  return target ? target->attributes.policy : -ESRCH_;
}

std::int64_t sys_sched_getparam(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.sched_parameters);
  if (static_cast<std::int32_t>(s.u64(0)) < 0 || s.u64(1) == 0) return -EINVAL_;
  const Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  s.out.value = static_cast<std::uint64_t>(target->attributes.rt_priority);
  return 0;
}

// Policies are kept and checked. That SCHED_FIFO and SCHED_RR run before everything else is not modelled: a
// change to one of them takes the default path, so that it is counted.
std::int64_t sys_sched_setscheduler(Kernel& k, Thread& t, Sys& s) {
  const int policy = static_cast<int>(s.u64(1)) & ~kResetOnFork;
  if (static_cast<std::int32_t>(s.u64(0)) < 0 || s.u64(2) == 0 || !known(policy) || policy == deadline)
    return t.charge(k.misc->paths.sched_parameters), -EINVAL_;
  Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return t.charge(k.misc->paths.sched_parameters), -ESRCH_;
  if (!may_schedule(t, *target) || (real_time(policy) && !capable(*t.process, Cap::sys_nice)))
    return t.charge(k.misc->paths.sched_parameters), -EPERM_;
  target->attributes.policy = policy;
  if (real_time(policy)) return k.default_path(t, s);
  t.charge(k.misc->paths.sched_parameters);
  target->attributes.rt_priority = 0;
  return 0;
}

std::int64_t sys_sched_setparam(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.sched_parameters);
  if (static_cast<std::int32_t>(s.u64(0)) < 0 || s.u64(1) == 0) return -EINVAL_;
  const Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  return may_schedule(t, *target) ? 0 : -EPERM_;
}

template <int of_real_time>
std::int64_t priority_limit(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.field);
  const int policy = static_cast<int>(s.u64(0));
  if (s.u64(0) > deadline || !known(policy)) return -EINVAL_;
  return real_time(policy) ? of_real_time : 0;
}

std::int64_t sys_sched_rr_get_interval(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.sched_parameters);
  if (static_cast<std::int32_t>(s.u64(0)) < 0) return -EINVAL_;
  const Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  s.out.value = target->attributes.policy == round_robin ? 100'000'000 : 0;  // RR_TIMESLICE, ns
  return 0;
}

// The threads that (which, who) of getpriority, setpriority and ioprio_* names.
std::vector<Thread*> named(Kernel& k, Thread& t, std::uint64_t which, std::uint64_t who) {
  std::vector<Thread*> result;
  const auto id = static_cast<std::int32_t>(who);
  if (which == 0) {
    if (Thread* target = thread_argument(k, t, who)) result.push_back(target);
    return result;
  }
  for (const auto& [pid, process] : k.processes) {
    const bool match = which == 1 ? process->pgid == (id == 0 ? t.process->pgid : id)
                                  : process->credentials.uid == (id == 0 ? t.process->credentials.uid : who);
    if (match) result.insert(result.end(), process->threads.begin(), process->threads.end());
  }
  return result;
}

std::int64_t sys_getpriority(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.field);
  if (s.u64(0) > 2) return -EINVAL_;
  std::int64_t best = -ESRCH_;
  for (const Thread* target : named(k, t, s.u64(0), s.u64(1)))
    best = std::max<std::int64_t>(best, 20 - target->se.nice);
  return best;
}

std::int64_t sys_setpriority(Kernel& k, Thread& t, Sys& s) {
  constexpr std::size_t kNiceLimit = 13;  // RLIMIT_NICE
  t.charge(k.misc->paths.sched_parameters);
  if (s.u64(0) > 2) return -EINVAL_;
  const int nice = std::clamp(static_cast<int>(s.u64(2)), -20, 19);
  std::int64_t result = -ESRCH_;
  for (Thread* target : named(k, t, s.u64(0), s.u64(1))) {
    const bool raises = nice < target->se.nice;
    const bool within = 20 - nice <= static_cast<std::int64_t>(std::min<std::uint64_t>(
                                         target->process->limits[kNiceLimit].current, 40));
    if (!may_schedule(t, *target)) {
      result = -EPERM_;
    } else if (raises && !within && !capable(*t.process, Cap::sys_nice)) {
      result = -EACCES_;
    } else {
      k.sched->set_nice(*target, nice);
      if (result == -ESRCH_) result = 0;
    }
  }
  return result;
}

std::int64_t sys_ioprio_get(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.sched_parameters);
  if (s.u64(0) < 1 || s.u64(0) > 3) return -EINVAL_;
  const auto targets = named(k, t, s.u64(0) - 1, s.u64(1));
  return targets.empty() ? -ESRCH_ : targets.front()->attributes.io_priority;
}

std::int64_t sys_ioprio_set(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.sched_parameters);
  const int priority = static_cast<int>(s.u64(2)), io_class = priority >> 13, data = priority & 0x1fff;
  if (s.u64(0) < 1 || s.u64(0) > 3 || io_class > 3 || (io_class == 0 && data != 0) || data > 7)
    return -EINVAL_;
  if (io_class == 1 && !capable(*t.process, Cap::sys_admin)) return -EPERM_;
  const auto targets = named(k, t, s.u64(0) - 1, s.u64(1));
  if (targets.empty()) return -ESRCH_;
  for (Thread* target : targets) {
    if (!may_schedule(t, *target)) return -EPERM_;
    target->attributes.io_priority = priority;
  }
  return 0;
}

}  // namespace

void register_scheduling_calls(SyscallTable& table) {
  table.set(nr::sched_getaffinity, sys_sched_getaffinity);
  table.set(nr::sched_setaffinity, sys_sched_setaffinity);
  table.set(nr::sched_getscheduler, sys_sched_getscheduler);
  table.set(nr::sched_setscheduler, sys_sched_setscheduler);
  table.set(nr::sched_getparam, sys_sched_getparam);
  table.set(nr::sched_setparam, sys_sched_setparam);
  table.set(nr::sched_get_priority_max, priority_limit<99>);
  table.set(nr::sched_get_priority_min, priority_limit<1>);
  table.set(nr::sched_rr_get_interval, sys_sched_rr_get_interval);
  table.set(nr::getpriority, sys_getpriority);
  table.set(nr::setpriority, sys_setpriority);
  table.set(nr::ioprio_get, sys_ioprio_get);
  table.set(nr::ioprio_set, sys_ioprio_set);
}

}  // namespace isosim::kernel
