// Resource limits.
#include <algorithm>

#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"

namespace isosim::kernel {

namespace {

constexpr std::size_t kNofile = 7;
constexpr std::uint64_t kMostFiles = 1 << 20;  // sysctl fs.nr_open

// check_prlimit_permission: another process's limits take the same ids throughout, or CAP_SYS_RESOURCE.
bool may_touch(const Process& caller, const Process& target) {
  if (&caller == &target) return true;
  const Credentials &a = caller.credentials, &b = target.credentials;
  const bool same = a.uid == b.euid && a.uid == b.suid && a.uid == b.uid && a.gid == b.egid &&
                    a.gid == b.sgid && a.gid == b.gid;
  return same || capable(a, Cap::sys_resource);
}

std::int64_t set_limit(const Process& caller, Process& target, std::size_t resource, const RLimit& wanted) {
  if (wanted.current > wanted.maximum) return -EINVAL_;
  RLimit& limit = target.limits[resource];
  if (resource == kNofile && wanted.maximum > kMostFiles) return -EPERM_;
  if (wanted.maximum > limit.maximum && !capable(caller, Cap::sys_resource)) return -EPERM_;
  limit = wanted;
  if (resource == kNofile && target.files) target.files->limit = wanted.current;
  return 0;
}

std::int64_t sys_prlimit64(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.prlimit);
  const std::uint64_t resource = s.u64(1);
  Process* target = process_argument(k, t, s.u64(0));
  const auto* wanted = s.get<RLimit>(2);
  if (s.u64(2) != 0 && !wanted) return -EFAULT_;
  if (!target) return -ESRCH_;
  if (!may_touch(*t.process, *target)) return -EPERM_;
  if (resource >= target->limits.size()) return -EINVAL_;
  const RLimit old = target->limits[resource];
  if (wanted)
    if (const auto error = set_limit(*t.process, *target, resource, *wanted)) return error;
  s.out.value = old.current;
  return 0;
}

std::int64_t sys_getrlimit(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.prlimit);
  if (s.u64(0) >= t.process->limits.size()) return -EINVAL_;
  s.out.value = t.process->limits[s.u64(0)].current;
  return s.u64(1) == 0 ? -EFAULT_ : 0;
}

std::int64_t sys_setrlimit(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.prlimit);
  const auto* wanted = s.get<RLimit>(1);
  if (!wanted) return -EFAULT_;
  if (s.u64(0) >= t.process->limits.size()) return -EINVAL_;
  return set_limit(*t.process, *t.process, s.u64(0), *wanted);
}

}  // namespace

void register_limit_calls(SyscallTable& table) {
  table.set(nr::prlimit64, sys_prlimit64);
  table.set(nr::getrlimit, sys_getrlimit);
  table.set(nr::setrlimit, sys_setrlimit);
}

}  // namespace isosim::kernel
