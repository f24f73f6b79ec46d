// Who may look into another process (kernel/ptrace.c, security/commoncap.c of Linux 4.4).
#include "kernel-model/misc/credentials.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/sched/thread.h"

namespace isosim::kernel {

std::int64_t ptrace_may_access(const Thread& t, const Process& target) {
  if (t.process == &target || capable(*t.process, Cap::sys_ptrace)) return 0;
  const Credentials &own = t.process->credentials, &its = target.credentials;
  const bool same_user = own.uid == its.euid && own.uid == its.suid && own.uid == its.uid;
  const bool same_group = own.gid == its.egid && own.gid == its.sgid && own.gid == its.gid;
  if (!same_user || !same_group) return -EPERM_;
  constexpr int kDumpUser = 1;  // SUID_DUMP_USER
  if (target.attributes.dumpable != kDumpUser) return -EPERM_;
  return (its.permitted & ~own.permitted) == 0 ? 0 : -EPERM_;  // cap_ptrace_access_check()
}

}  // namespace isosim::kernel
