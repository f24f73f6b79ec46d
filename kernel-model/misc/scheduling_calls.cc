// Where and how urgently threads run: affinity, nice values, I/O priorities.
#include <algorithm>
#include <bit>

#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"

namespace isosim::kernel {

namespace {

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
  table.set(nr::getpriority, sys_getpriority);
  table.set(nr::setpriority, sys_setpriority);
  table.set(nr::ioprio_get, sys_ioprio_get);
  table.set(nr::ioprio_set, sys_ioprio_set);
}

}  // namespace isosim::kernel
