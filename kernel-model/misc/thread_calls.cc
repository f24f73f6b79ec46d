// Words that a thread registers with the kernel, and where it runs.
#include "kernel-model/fs/fs_context.h"
#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/process/namespaces.h"

namespace isosim::kernel {

namespace {

std::int64_t sys_set_tid_address(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.field);
  t.clear_child_tid = s.u64(0);
  return t.process->namespaces->pid->number(t.tid);
}

std::int64_t sys_set_robust_list(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kHeadBytes = 24;  // struct robust_list_head
  t.charge(k.misc->paths.field);
  if (s.u64(1) != kHeadBytes) return -EINVAL_;
  t.robust_list = s.u64(0);
  return 0;
}

std::int64_t sys_get_robust_list(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.field);
  const Thread* target = thread_argument(k, t, s.u64(0));
  if (!target) return -ESRCH_;
  if (!same_user(*t.process, *target->process) && !capable(*t.process, Cap::sys_ptrace)) return -EPERM_;
  s.out.value = target->robust_list;
  return 0;
}

std::int64_t sys_rseq(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kBytes = 32, kUnregister = 1;
  t.charge(k.misc->paths.field);
  ThreadAttributes& a = t.attributes;
  const auto length = static_cast<std::uint32_t>(s.u64(1)), signature = static_cast<std::uint32_t>(s.u64(3));
  if ((s.u64(2) & kUnregister) != 0) {
    if ((s.u64(2) & ~kUnregister) != 0 || a.rseq == 0 || a.rseq != s.u64(0) || a.rseq_length != length)
      return -EINVAL_;
    if (a.rseq_signature != signature) return -EPERM_;
    a.rseq = 0;
    return 0;
  }
  if (s.u64(2) != 0) return -EINVAL_;
  if (a.rseq != 0) {
    if (a.rseq != s.u64(0) || a.rseq_length != length) return -EINVAL_;
    return a.rseq_signature != signature ? -EPERM_ : -EBUSY_;
  }
  if (s.u64(0) % kBytes != 0 || length < kBytes) return -EINVAL_;
  a.rseq = s.u64(0);
  a.rseq_length = length;
  a.rseq_signature = signature;
  return 0;
}

std::int64_t sys_arch_prctl(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kSetGs = 0x1001, kSetFs = 0x1002, kGetFs = 0x1003, kGetGs = 0x1004,
                          kGetCpuid = 0x1011, kSetCpuid = 0x1012, kTaskSize = 0x7ffffffff000;
  t.charge(k.misc->paths.field);
  ThreadAttributes& a = t.attributes;
  switch (s.u64(0)) {
    case kSetGs:
    case kSetFs:
      if (s.u64(1) >= kTaskSize) return -EPERM_;
      (s.u64(0) == kSetFs ? a.fs_base : a.gs_base) = s.u64(1);
      return 0;
    case kGetFs:
      s.out.value = a.fs_base;
      return 0;
    case kGetGs:
      s.out.value = a.gs_base;
      return 0;
    case kGetCpuid:
      return 1;
    case kSetCpuid:
      return -ENODEV_;  // no CPUID faulting before Ivy Bridge; the model does not offer it
    default:
      return -EINVAL_;  // CET and AMX requests of newer C libraries among them
  }
}

std::int64_t sys_getcpu(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.field);
  s.out.value = static_cast<std::uint64_t>(t.cpu);
  return 0;
}

// The execution domain; replaced by what exec gives a program.
std::int64_t sys_personality(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint32_t kQuery = 0xffffffff;
  t.charge(k.misc->paths.field);
  const std::uint32_t old = t.process->attributes.personality;
  if (const auto wanted = static_cast<std::uint32_t>(s.u64(0)); wanted != kQuery)
    t.process->attributes.personality = wanted;
  return old;
}

std::int64_t sys_umask(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.field);
  if (!t.process->fs) return 022;
  const std::uint32_t old = t.process->fs->umask;
  t.process->fs->umask = static_cast<std::uint32_t>(s.u64(0)) & 0777;
  return old;
}

std::int64_t sys_membarrier(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kQuery = 0, kGlobal = 1, kGlobalExpedited = 2, kRegisterGlobal = 4, kPrivate = 8,
                          kRegisterPrivate = 16;
  constexpr std::int64_t kKnown = kGlobal | kGlobalExpedited | kRegisterGlobal | kPrivate | kRegisterPrivate;
  t.charge(k.misc->paths.membarrier);
  if (s.u64(1) != 0) return -EINVAL_;
  const std::uint64_t command = s.u64(0);
  ProcessAttributes& a = t.process->attributes;
  switch (command) {
    case kQuery:
      return kKnown;
    case kRegisterGlobal:
      return 0;
    case kRegisterPrivate:
      a.membarrier_registered = true;
      return 0;
    case kGlobal: {
      // synchronize_sched(): every CPU passes through a quiescent state; on an idle machine, within one jiffy
      // of HZ=250.
      if (k.cpu.logical_cpus() > 1) {
        const sim::Time jiffy = sim::milliseconds(4);
        t.state = RunState::uninterruptible;
        k.sched->block_until(t, sim::Time{(t.now().ps / jiffy.ps + 1) * jiffy.ps});
      }
      return 0;
    }
    case kPrivate:
      if (!a.membarrier_registered) return -EPERM_;
      [[fallthrough]];
    case kGlobalExpedited:
      // An interrupt to each other CPU that runs a thread of the process.
      for (const Thread* other : t.process->threads)
        if (other != &t && other->se.on_cpu) k.cpu.send_ipi(*t.task);
      return 0;
    default:
      return -EINVAL_;
  }
}

}  // namespace

void register_thread_calls(SyscallTable& table) {
  table.set(nr::set_tid_address, sys_set_tid_address);
  table.set(nr::set_robust_list, sys_set_robust_list);
  table.set(nr::get_robust_list, sys_get_robust_list);
  table.set(nr::rseq, sys_rseq);
  table.set(nr::arch_prctl, sys_arch_prctl);
  table.set(nr::getcpu, sys_getcpu);
  table.set(nr::personality, sys_personality);
  table.set(nr::umask, sys_umask);
  table.set(nr::membarrier, sys_membarrier);
}

}  // namespace isosim::kernel
