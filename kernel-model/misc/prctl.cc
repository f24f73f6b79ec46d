// prctl(2): the options that programs and container runtimes use.
#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/seccomp.h"

namespace isosim::kernel {

namespace {

enum Option : std::uint64_t {
  set_pdeathsig = 1,
  get_pdeathsig = 2,
  get_dumpable = 3,
  set_dumpable = 4,
  get_keepcaps = 7,
  set_keepcaps = 8,
  get_timing = 13,
  set_timing = 14,
  set_name = 15,
  get_name = 16,
  get_seccomp = 21,
  set_seccomp = 22,
  capbset_read = 23,
  capbset_drop = 24,
  get_tsc = 25,
  set_tsc = 26,
  get_securebits = 27,
  set_securebits = 28,
  set_timerslack = 29,
  get_timerslack = 30,
  perf_events_disable = 31,
  perf_events_enable = 32,
  mce_kill = 33,
  mce_kill_get = 34,
  set_mm = 35,
  set_child_subreaper = 36,
  get_child_subreaper = 37,
  set_no_new_privs = 38,
  get_no_new_privs = 39,
  get_tid_address = 40,
  set_thp_disable = 41,
  get_thp_disable = 42,
  cap_ambient = 47,
  set_ptracer = 0x59616d61,
};

std::int64_t drop_from_bounding_set(Kernel& k, Process& p, std::uint64_t cap) {
  if (!capable(p, Cap::setpcap)) return -EPERM_;
  if (cap > static_cast<std::uint64_t>(k.misc->last_capability)) return -EINVAL_;
  p.credentials.bounding &= ~(std::uint64_t{1} << cap);
  return 0;
}

std::int64_t ambient(Kernel& k, Process& p, const Sys& s) {
  constexpr std::uint64_t kIsSet = 1, kRaise = 2, kLower = 3, kClear = 4;
  Credentials& c = p.credentials;
  if (s.u64(1) == kClear) {
    if ((s.u64(2) | s.u64(3) | s.u64(4)) != 0) return -EINVAL_;
    c.ambient = 0;
    return 0;
  }
  if (s.u64(2) > static_cast<std::uint64_t>(k.misc->last_capability) || (s.u64(3) | s.u64(4)) != 0)
    return -EINVAL_;
  const std::uint64_t bit = std::uint64_t{1} << s.u64(2);
  switch (s.u64(1)) {
    case kIsSet:
      return (c.ambient & bit) != 0;
    case kRaise:
      if ((c.permitted & c.inheritable & bit) == 0) return -EPERM_;
      c.ambient |= bit;
      return 0;
    case kLower:
      c.ambient &= ~bit;
      return 0;
    default:
      return -EINVAL_;
  }
}

// PR_MCE_KILL: what a process wants to be told of memory that the hardware lost.
std::int64_t memory_error_policy(ProcessAttributes& a, const Sys& s) {
  constexpr std::uint64_t kClear = 0, kSet = 1;
  constexpr int kDefault = 2;
  if ((s.u64(3) | s.u64(4)) != 0) return -EINVAL_;
  if (s.u64(1) == kClear) {
    if (s.u64(2) != 0) return -EINVAL_;
    a.memory_error_policy = kDefault;
    return 0;
  }
  if (s.u64(1) != kSet || s.u64(2) > kDefault) return -EINVAL_;
  a.memory_error_policy = static_cast<int>(s.u64(2));
  return 0;
}

std::int64_t set_timer_slack(Thread& t, std::uint64_t nanoseconds) {
  t.timer_slack =
      nanoseconds == 0 ? sim::microseconds(50) : sim::nanoseconds(static_cast<std::int64_t>(nanoseconds));
  return 0;
}

std::int64_t option(Kernel& k, Thread& t, Sys& s) {
  Process& p = *t.process;
  ProcessAttributes& a = p.attributes;
  const std::uint64_t value = s.u64(1);
  const bool only_value = (s.u64(2) | s.u64(3) | s.u64(4)) == 0;
  switch (s.u64(0)) {
    case set_pdeathsig:
      if (value > 64) return -EINVAL_;
      a.parent_death_signal = static_cast<int>(value);
      return 0;
    case get_pdeathsig:
      s.out.value = static_cast<std::uint64_t>(a.parent_death_signal);
      return 0;
    case get_dumpable:
      return a.dumpable;
    case set_dumpable:
      if (value > 1) return -EINVAL_;
      a.dumpable = static_cast<int>(value);
      return 0;
    case get_keepcaps:
      return a.keep_capabilities;
    case set_keepcaps:
      if (value > 1) return -EINVAL_;
      a.keep_capabilities = value != 0;
      return 0;
    case get_timing:
      return 0;  // PR_TIMING_STATISTICAL
    case set_timing:
      return value == 0 ? 0 : -EINVAL_;
    case set_name:
      t.name = std::string(s.text(1).substr(0, 15));
      if (&t == p.threads.front()) p.comm = t.name;
      return value == 0 ? -EFAULT_ : 0;
    case get_name:
      s.out.text = t.name;
      return value == 0 ? -EFAULT_ : 0;
    case get_seccomp:
      return p.seccomp ? 2 : 0;
    case set_seccomp:
      return install_seccomp(k, t, s, 2, value);
    case capbset_read:
      if (value > static_cast<std::uint64_t>(k.misc->last_capability)) return -EINVAL_;
      return (p.credentials.bounding >> value & 1) != 0;
    case capbset_drop:
      return drop_from_bounding_set(k, p, value);
    case get_tsc:
      s.out.value = static_cast<std::uint64_t>(a.time_stamp_counter);
      return value == 0 ? -EFAULT_ : 0;
    case set_tsc:
      if (value != 1 && value != 2) return -EINVAL_;
      a.time_stamp_counter = static_cast<int>(value);
      return 0;
    case get_securebits:
      return a.securebits;
    case set_securebits:
      if (!capable(p, Cap::setpcap)) return -EPERM_;
      a.securebits = static_cast<std::uint32_t>(value);
      return 0;
    case set_timerslack:
      return set_timer_slack(t, value);
    case get_timerslack:
      return t.timer_slack.ps / 1000;
    case set_mm:
      return capable(p, Cap::sys_resource) ? k.default_path(t, s) : -EPERM_;
    case set_child_subreaper:
      a.child_subreaper = value != 0;
      return 0;
    case get_child_subreaper:
      s.out.value = a.child_subreaper;
      return 0;
    case set_no_new_privs:
      if (value != 1 || !only_value) return -EINVAL_;
      a.no_new_privs = true;
      return 0;
    case get_no_new_privs:
      return value == 0 && only_value ? a.no_new_privs : -EINVAL_;
    case get_tid_address:
      s.out.value = t.clear_child_tid;
      return value == 0 ? -EFAULT_ : 0;
    case set_thp_disable:
      if (!only_value) return -EINVAL_;
      k.memory->of(p).no_huge_pages = value != 0;
      return 0;
    case get_thp_disable:
      return value == 0 && only_value ? k.memory->of(p).no_huge_pages : -EINVAL_;
    case cap_ambient:
      return ambient(k, p, s);
    case set_ptracer:
      return -EINVAL_;  // Yama is not built in
    case mce_kill:
      return memory_error_policy(a, s);
    case mce_kill_get:
      return value == 0 && only_value ? a.memory_error_policy : -EINVAL_;
    case perf_events_disable:
    case perf_events_enable:  // of the caller's own counters: it has none
      return 0;
    default:
      return -EINVAL_;
  }
}

std::int64_t sys_prctl(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.prctl);
  return option(k, t, s);
}

std::int64_t sys_seccomp(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kStrict = 0, kFilter = 1, kActionAvailable = 2;
  constexpr std::uint64_t kKnownFlags = 0x7;  // TSYNC, LOG, SPEC_ALLOW
  t.charge(k.misc->paths.prctl);
  switch (s.u64(0)) {
    case kStrict:
      return s.u64(1) == 0 && s.u64(2) == 0 ? install_seccomp(k, t, s, 2, 1) : -EINVAL_;
    case kFilter:
      return (s.u64(1) & ~kKnownFlags) == 0 ? install_seccomp(k, t, s, 2, 2) : -EINVAL_;
    case kActionAvailable:
      return s.u64(1) == 0 ? k.default_path(t, s) : -EINVAL_;
    default:
      return -EINVAL_;
  }
}

}  // namespace

// Filters are a thread's in Linux; here they are the process's, as with SECCOMP_FILTER_FLAG_TSYNC, which
// runtimes use.
std::int64_t install_seccomp(Kernel& k, Thread& t, Sys& s, int program_argument, std::uint64_t mode) {
  constexpr std::uint64_t kStrict = 1, kFilter = 2;
  Process& p = *t.process;
  if (mode == kStrict) {
    if (p.seccomp) return -EINVAL_;
    p.seccomp = SeccompChain::strict();
    return 0;
  }
  if (mode != kFilter) return -EINVAL_;
  if (!p.attributes.no_new_privs && !capable(p, Cap::sys_admin)) return -EACCES_;
  if (s.u64(program_argument) == 0) return -EFAULT_;
  const auto* program = s.get<SeccompProgram>(program_argument);
  if (!program) return k.default_path(t, s);  // recorded without its instructions: it cannot be enforced
  constexpr std::size_t kMostInPath =
      32768 / sizeof(BpfInstruction);  // MAX_INSNS_PER_PATH, 4 a filter besides
  if (!bpf_check(program->instructions).empty()) return -EINVAL_;
  if (program->instructions.size() + (p.seccomp ? p.seccomp->length() : 0) > kMostInPath) return -ENOMEM_;
  t.charge(k.misc->paths.seccomp_load, program->instructions.size());
  p.seccomp = std::make_shared<SeccompChain>(program->instructions, p.seccomp);
  return 0;
}

void register_prctl_calls(SyscallTable& table) {
  table.set(nr::prctl, sys_prctl);
  table.set(nr::seccomp, sys_seccomp);
}

}  // namespace isosim::kernel
