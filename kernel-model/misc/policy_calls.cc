// Scheduling policies: sched_setscheduler, sched_setattr and their kin (kernel/sched/core.c, Linux 4.4).
// That SCHED_DEADLINE runs before everything else is not modelled: a change to it takes the default path, so
// that it is counted.
#include <algorithm>

#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"

namespace isosim::kernel {

namespace {

using namespace sched_policy;

constexpr int kKeepPolicy = -1;  // SETPARAM_POLICY
constexpr int kResetOnFork = 0x40000000;
constexpr std::uint64_t kFlagResetOnFork = 1;
constexpr std::uint32_t kFirstSize = 48;  // SCHED_ATTR_SIZE_VER0
constexpr std::size_t kNiceLimit = 13, kPriorityLimit = 14;

bool fair(int policy) { return policy == normal || policy == batch; }
bool known(int policy) { return policy >= normal && policy <= deadline && policy != 4; }

// __checkparam_dl()
bool deadline_fits(const SchedulingAttributes& a) {
  constexpr std::uint64_t kLeast = 1024, kSign = std::uint64_t{1} << 63;
  if (a.deadline == 0 || a.runtime < kLeast || ((a.deadline | a.period) & kSign) != 0) return false;
  return (a.period == 0 || a.period >= a.deadline) && a.deadline >= a.runtime;
}

bool can_nice(const Thread& target, int nice) {
  return 20 - nice <=
         static_cast<std::int64_t>(std::min<std::uint64_t>(target.process->limits[kNiceLimit].current, 40));
}

// What somebody without CAP_SYS_NICE may change.
bool permitted(const Thread& caller, const Thread& target, int policy, bool reset_on_fork,
               const SchedulingAttributes& a) {
  const ThreadAttributes& now = target.attributes;
  if (fair(policy) && a.nice < target.se.nice && !can_nice(target, a.nice)) return false;
  if (real_time(policy)) {
    const std::uint64_t limit = target.process->limits[kPriorityLimit].current;
    if (policy != now.policy && limit == 0) return false;
    if (static_cast<int>(a.priority) > now.rt_priority && a.priority > limit) return false;
  }
  if (policy == deadline) return false;
  if (now.policy == idle && policy != idle && !can_nice(target, target.se.nice)) return false;
  return same_user(*caller.process, *target.process) && (!now.reset_on_fork || reset_on_fork);
}

// __sched_setscheduler()
std::int64_t set_policy(Kernel& k, Thread& t, Sys& s, Thread& target, const SchedulingAttributes& a) {
  constexpr std::uint32_t kHighest = 99;
  ThreadAttributes& now = target.attributes;
  const int policy = a.policy == kKeepPolicy ? now.policy : a.policy;
  const bool reset_on_fork = a.policy == kKeepPolicy ? now.reset_on_fork : (a.flags & kFlagResetOnFork) != 0;
  if (!known(policy) || (a.flags & ~kFlagResetOnFork) != 0 || a.priority > kHighest) return -EINVAL_;
  if (policy == deadline && !deadline_fits(a)) return -EINVAL_;
  if (real_time(policy) != (a.priority != 0)) return -EINVAL_;
  if (!capable(*t.process, Cap::sys_nice) && !permitted(t, target, policy, reset_on_fork, a)) return -EPERM_;
  const bool changes = policy != now.policy || static_cast<int>(a.priority) != now.rt_priority;
  now.policy = policy;
  now.reset_on_fork = reset_on_fork;
  now.rt_priority = static_cast<int>(a.priority);
  now.dl_runtime = now.dl_deadline = now.dl_period = 0;
  if (policy == deadline) {
    now.dl_runtime = a.runtime;
    now.dl_deadline = a.deadline;
    now.dl_period = a.period != 0 ? a.period : a.deadline;
  }
  k.sched->set_nice(target, fair(policy) ? a.nice : target.se.nice);
  if (changes) k.sched->policy_changed(target, t);
  return policy == deadline ? k.default_path(t, s) : 0;
}

SchedulingAttributes of_parameter(const Thread& target, int policy, const Sys& s, int argument) {
  SchedulingAttributes a;
  if (const auto* given = s.get<FileOffset>(argument)) a.priority = static_cast<std::uint32_t>(given->value);
  a.nice = target.se.nice;
  a.policy = policy;
  if (policy != kKeepPolicy && (policy & kResetOnFork) != 0) {
    a.flags = kFlagResetOnFork;
    a.policy = policy & ~kResetOnFork;
  }
  return a;
}

// do_sched_setscheduler()
std::int64_t set_by_parameter(Kernel& k, Thread& t, Sys& s, int policy, int argument) {
  t.charge(k.misc->paths.sched_parameters);
  if (s.u64(argument) == 0 || s.fd(0) < 0) return -EINVAL_;
  Thread* target = thread_argument(k, t, s.u64(0));
  return target ? set_policy(k, t, s, *target, of_parameter(*target, policy, s, argument)) : -ESRCH_;
}

std::int64_t sys_sched_setscheduler(Kernel& k, Thread& t, Sys& s) {
  if (s.fd(1) < 0) return t.charge(k.misc->paths.sched_parameters), -EINVAL_;
  return set_by_parameter(k, t, s, s.fd(1), 2);
}

std::int64_t sys_sched_setparam(Kernel& k, Thread& t, Sys& s) {
  return set_by_parameter(k, t, s, kKeepPolicy, 1);
}

std::int64_t sys_sched_getscheduler(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.sched_parameters);
  if (s.fd(0) < 0) return -EINVAL_;
  const Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  return target->attributes.policy | (target->attributes.reset_on_fork ? kResetOnFork : 0);
}

std::int64_t sys_sched_getparam(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.sched_parameters);
  if (s.fd(0) < 0 || s.u64(1) == 0) return -EINVAL_;
  const Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  s.out.value = static_cast<std::uint64_t>(target->attributes.rt_priority);
  return 0;
}

// sched_copy_attr(): fields that Linux 4.4 does not know have to be 0.
std::int64_t sys_sched_setattr(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint32_t kPage = 4096;
  t.charge(k.misc->paths.sched_parameters);
  if (s.u64(1) == 0 || s.fd(0) < 0 || (s.u64(2) & 0xFFFFFFFF) != 0) return -EINVAL_;
  const auto* given = s.get<SchedulingAttributes>(1);
  if (!given) return -EFAULT_;
  SchedulingAttributes a = *given;
  if ((a.size != 0 && a.size < kFirstSize) || a.size > kPage) return -E2BIG_;
  if (a.size > kFirstSize && a.beyond != 0) return -E2BIG_;
  if (a.policy < 0) return -EINVAL_;
  a.nice = std::clamp(a.nice, -20, 19);
  Thread* target = thread_argument(k, t, s.u64(0));
  return target ? set_policy(k, t, s, *target, a) : -ESRCH_;
}

std::int64_t sys_sched_getattr(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kPage = 4096;
  t.charge(k.misc->paths.sched_parameters);
  const std::uint64_t size = s.u64(2) & 0xFFFFFFFF;
  if (s.u64(1) == 0 || s.fd(0) < 0 || size > kPage || size < kFirstSize || (s.u64(3) & 0xFFFFFFFF) != 0)
    return -EINVAL_;
  const Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  s.out.value = static_cast<std::uint64_t>(target->attributes.policy);
  return 0;
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
  if (s.fd(0) < 0) return -EINVAL_;
  const Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  s.out.value = target->attributes.policy == round_robin ? 100'000'000 : 0;  // RR_TIMESLICE, ns
  return 0;
}

}  // namespace

void register_policy_calls(SyscallTable& table) {
  table.set(nr::sched_getscheduler, sys_sched_getscheduler);
  table.set(nr::sched_setscheduler, sys_sched_setscheduler);
  table.set(nr::sched_getparam, sys_sched_getparam);
  table.set(nr::sched_setparam, sys_sched_setparam);
  table.set(nr::sched_getattr, sys_sched_getattr);
  table.set(nr::sched_setattr, sys_sched_setattr);
  table.set(nr::sched_get_priority_max, priority_limit<99>);
  table.set(nr::sched_get_priority_min, priority_limit<1>);
  table.set(nr::sched_rr_get_interval, sys_sched_rr_get_interval);
}

}  // namespace isosim::kernel
