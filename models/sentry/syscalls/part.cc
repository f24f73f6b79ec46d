// What implemented calls answer to some arguments. Sources are files of pkg/sentry/syscalls/linux.
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "kernel-model/abi/syscall_names.h"
#include "models/sentry/syscalls/table.h"

namespace isosim::models {

namespace {

namespace nr = kernel::nr;
using kernel::Sys;
using enum Release;

struct Part {
  kernel::SysNr call;
  Release last;  // release that answers so
  bool (*applies)(const Sys&);
  SentryPart answer;
};

int number(const Sys& sys, int i) { return sys.fd(i); }

template <int i, int... values>
bool is_one_of(const Sys& sys) {
  return ((number(sys, i) == values) || ...);
}

bool prctl_unknown(const Sys& sys) {
  switch (number(sys, 0)) {
    case PR_SET_PDEATHSIG:
    case PR_GET_PDEATHSIG:
    case PR_GET_KEEPCAPS:
    case PR_SET_KEEPCAPS:
    case PR_SET_NAME:
    case PR_GET_NAME:
    case PR_SET_MM:
    case PR_SET_NO_NEW_PRIVS:
    case PR_GET_NO_NEW_PRIVS:
    case PR_SET_SECCOMP:
    case PR_GET_SECCOMP:
    case PR_CAPBSET_READ:
    case PR_CAPBSET_DROP:
    case PR_GET_DUMPABLE:
    case PR_SET_DUMPABLE:
      return false;
    default:
      return true;
  }
}

bool clock_unknown(const Sys& sys) {  // above, and CLOCK_BOOTTIME, which has a row
  const int clock = number(sys, 0);
  return clock > CLOCK_MONOTONIC_COARSE && clock != CLOCK_BOOTTIME;
}

bool timer_clock_unknown(const Sys& sys) {
  const int clock = number(sys, 0);
  return clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME;
}

bool advice_unknown(const Sys& sys) {
  const int advice = number(sys, 2);
  return sys.u64(1) != 0 && (advice == MADV_FREE || (advice > MADV_DODUMP && advice != MADV_HWPOISON));
}

bool advises(const Sys& sys, int advice) { return sys.u64(1) != 0 && number(sys, 2) == advice; }

bool futex_unknown(const Sys& sys) {
  const int command = number(sys, 1) & FUTEX_CMD_MASK;
  return command == FUTEX_FD || command > FUTEX_WAKE_BITSET;
}

bool waits_before_only(const Sys& sys) {
  const auto flags = static_cast<unsigned>(number(sys, 3));
  return (flags & SYNC_FILE_RANGE_WAIT_BEFORE) != 0 && (flags & SYNC_FILE_RANGE_WAIT_AFTER) == 0;
}

template <int i>
bool makes(const Sys& sys, mode_t type) {
  return (static_cast<mode_t>(sys.u64(i)) & S_IFMT) == type;
}
template <int i>
bool makes_device(const Sys& sys) {
  return makes<i>(sys, S_IFCHR) || makes<i>(sys, S_IFBLK);
}
template <int i>
bool makes_socket(const Sys& sys) {
  return makes<i>(sys, S_IFSOCK);
}

bool limit_fixed(int resource) {
  switch (resource) {
    case RLIMIT_NOFILE:
    case RLIMIT_AS:
    case RLIMIT_CPU:
    case RLIMIT_DATA:
    case RLIMIT_FSIZE:
    case RLIMIT_MEMLOCK:
    case RLIMIT_STACK:
    case RLIMIT_CORE:
    case RLIMIT_NPROC:
      return false;
    default:
      return resource >= 0 && resource < static_cast<int>(RLIM_NLIMITS);
  }
}

// sys_mount.go; what file systems there are and who may mount them: AllowUserMount() of pkg/sentry/fs.
template <std::uint64_t unsupported>
bool mounts_with(const Sys& sys) {
  return (sys.u64(3) & unsupported) != 0;
}
constexpr std::uint64_t kNeverMounts = MS_REMOUNT | MS_BIND | MS_SHARED | MS_PRIVATE | MS_SLAVE |
                                       MS_UNBINDABLE | MS_MOVE | MS_NODEV | MS_NODIRATIME | MS_STRICTATIME;

bool mounts_type(const Sys& sys, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), sys.text(2)) != types.end();
}
bool mounts_internal(const Sys& sys) { return mounts_type(sys, {"9p", "whitelistfs", "devpts"}); }
bool mounts_unknown(const Sys& sys) {
  return !mounts_internal(sys) && !mounts_type(sys, {"devtmpfs", "proc", "sysfs", "tmpfs"});
}

constexpr std::int64_t kInvalid = -kernel::EINVAL_, kNoSuchCall = -kernel::ENOSYS_, kDenied = -kernel::EPERM_,
                       kUnsupported = -kernel::EOPNOTSUPP_;

const std::vector<Part>& parts() {
  constexpr int kArchSetGs = 0x1001, kArchGetGs = 0x1004;  // asm/prctl.h
  constexpr int kIpcStat = 2, kIpcInfo = 3, kGetNcnt = 14, kGetZcnt = 15, kSemStat = 18,
                kSemInfo = 19;                   // linux/sem.h
  constexpr int kReadAll = 3, kSizeBuffer = 10;  // linux/syslog.h
  static const std::vector<Part> all{
      // sys_prctl.go
      {nr::prctl,
       r20200127,
       [](const Sys& s) { return number(s, 0) == PR_SET_MM && number(s, 1) != PR_SET_MM_EXE_FILE; },
       {kInvalid, false, "gVisor keeps where a program's parts lie (EINVAL)", kernel::Cap::sys_resource}},
      {nr::prctl, r20200127, prctl_unknown, {kInvalid, false, "this option is not in gVisor (EINVAL)"}},
      {nr::prctl,
       r20190529,
       is_one_of<0, PR_GET_DUMPABLE, PR_SET_DUMPABLE>,
       {kInvalid, false, "gVisor has no dumpable flag before 20190806.1 (EINVAL)"}},
      {nr::arch_prctl,
       r20200127,
       is_one_of<0, kArchSetGs, kArchGetGs>,
       {kInvalid, false, "gVisor leaves GS alone (EINVAL)"}},
      // sys_file.go
      {nr::fallocate,
       r20190304,
       [](const Sys& s) { return s.s64(2) >= 0 && s.s64(3) > 0; },
       {kUnsupported, true, "not before gVisor 20190529.1 (EOPNOTSUPP)"}},
      {nr::fallocate,
       r20200127,
       [](const Sys& s) { return s.s64(2) >= 0 && s.s64(3) > 0 && s.s64(1) != 0; },
       {kUnsupported, true, "gVisor has mode 0 only (EOPNOTSUPP)"}},
      {nr::fcntl,
       r20190806,
       is_one_of<1, F_GETOWN_EX, F_SETOWN_EX>,
       {kInvalid, true, "owners by type only from gVisor 20200127.0 on (EINVAL)"}},
      {nr::fcntl,
       r20190529,
       is_one_of<1, F_GETPIPE_SZ, F_SETPIPE_SZ>,
       {kInvalid, true, "pipe sizes only from gVisor 20190806.1 on (EINVAL)"}},
      {nr::fcntl,
       r20190304,
       is_one_of<1, F_GET_SEALS, F_ADD_SEALS>,
       {kInvalid, true, "seals only from gVisor 20190529.1 on (EINVAL)"}},
      {nr::fcntl,
       r20200127,
       is_one_of<1, F_GETLK, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETSIG, F_SETSIG, F_GETLEASE,
                 F_SETLEASE, F_NOTIFY>,
       {kInvalid, true, "gVisor has no such command (EINVAL)"}},
      {nr::mknod, r20200127, makes_device<1>, {kDenied, false, "gVisor makes no devices (EPERM)"}},
      {nr::mknodat, r20200127, makes_device<2>, {kDenied, false, "gVisor makes no devices (EPERM)"}},
      {nr::mknod,
       r20200127,
       makes_socket<1>,
       {kUnsupported, false, "gVisor makes no sockets this way (EOPNOTSUPP)"}},
      {nr::mknodat,
       r20200127,
       makes_socket<2>,
       {kUnsupported, false, "gVisor makes no sockets this way (EOPNOTSUPP)"}},
      // sys_mount.go
      {nr::mount,
       r20190304,
       mounts_with<kNeverMounts | MS_NOEXEC>,
       {kInvalid, false, "these flags are not in gVisor (EINVAL)", kernel::Cap::sys_admin}},
      {nr::mount,
       r20200127,
       mounts_with<kNeverMounts>,
       {kInvalid, false, "these flags are not in gVisor (EINVAL)", kernel::Cap::sys_admin}},
      {nr::mount,
       r20200127,
       mounts_internal,
       {kDenied, false, "not for applications to mount in gVisor (EPERM)", kernel::Cap::sys_admin}},
      {nr::mount,
       r20200127,
       mounts_unknown,
       {-kernel::ENODEV_, false, "this file system is not in gVisor (ENODEV)", kernel::Cap::sys_admin}},
      // sys_lseek.go
      {nr::lseek,
       r20200127,
       is_one_of<2, SEEK_DATA, SEEK_HOLE>,
       {kInvalid, true, "gVisor knows no holes (EINVAL)"}},
      // sys_sync.go
      {nr::sync_file_range,
       r20200127,
       waits_before_only,
       {kNoSuchCall, true, "gVisor cannot wait only before (ENOSYS)"}},
      // sys_mmap.go
      {nr::madvise, r20200127, advice_unknown, {kInvalid, false, "this advice is not in gVisor (EINVAL)"}},
      {nr::madvise,
       r20200127,
       [](const Sys& s) { return advises(s, MADV_REMOVE); },
       {kNoSuchCall, false, "gVisor cannot remove (ENOSYS)"}},
      {nr::madvise,
       r20190529,
       [](const Sys& s) { return advises(s, MADV_DONTFORK) || advises(s, MADV_DOFORK); },
       {kNoSuchCall, false, "gVisor always inherits mappings before 20190806.1 (ENOSYS)"}},
      {nr::madvise,
       r20200127,
       [](const Sys& s) { return advises(s, MADV_HWPOISON); },
       {kDenied, false, "gVisor poisons no pages (EPERM)"}},
      {nr::mremap,
       r20200127,
       [](const Sys& s) { return (s.u64(3) & ~std::uint64_t{MREMAP_MAYMOVE | MREMAP_FIXED}) != 0; },
       {kInvalid, false, "this flag is not in gVisor (EINVAL)"}},
      // sys_futex.go
      {nr::futex, r20200127, futex_unknown, {kNoSuchCall, false, "this operation is not in gVisor (ENOSYS)"}},
      // sys_time.go, sys_timerfd.go
      {nr::clock_gettime,
       r20200127,
       clock_unknown,
       {kInvalid, false, "this clock is not in gVisor (EINVAL)"}},
      {nr::clock_gettime,
       r20190529,
       is_one_of<0, CLOCK_BOOTTIME>,
       {kInvalid, false, "no CLOCK_BOOTTIME before gVisor 20190806.1 (EINVAL)"}},
      {nr::timerfd_create,
       r20200127,
       timer_clock_unknown,
       {kInvalid, false, "this clock is not in gVisor (EINVAL)"}},
      {nr::timerfd_create,
       r20190529,
       is_one_of<0, CLOCK_BOOTTIME>,
       {kInvalid, false, "no CLOCK_BOOTTIME before gVisor 20190806.1 (EINVAL)"}},
      // sys_sched.go: one scheduler, one priority
      {nr::sched_setscheduler,
       r20200127,
       [](const Sys& s) { return number(s, 0) >= 0 && number(s, 1) != SCHED_OTHER; },
       {kInvalid, false, "gVisor has SCHED_OTHER only (EINVAL)"}},
      {nr::sched_get_priority_max,
       r20200127,
       [](const Sys&) { return true; },
       {0, false, "gVisor has one priority"}},
      {nr::sched_get_priority_min,
       r20200127,
       [](const Sys&) { return true; },
       {0, false, "gVisor has one priority"}},
      // sys_thread.go
      {nr::getpriority,
       r20200127,
       is_one_of<0, PRIO_PGRP, PRIO_USER>,
       {0, false, "gVisor knows those of processes only"}},
      // pkg/sentry/kernel/ptrace.go
      {nr::ptrace,
       r20190304,
       is_one_of<0, PTRACE_SEIZE>,
       {-kernel::ESRCH_, false, "no PTRACE_SEIZE before gVisor 20190529.1: ESRCH"}},
      // sys_sem.go
      {nr::semctl,
       r20200127,
       is_one_of<2, kIpcStat, kIpcInfo, kSemStat, kSemInfo, kGetNcnt, kGetZcnt>,
       {kInvalid, false, "this command is not in gVisor (EINVAL)"}},
      // sys_syslog.go: a log of its own for anyone, nothing else
      {nr::syslog,
       r20200127,
       [](const Sys& s) { return number(s, 0) != kReadAll && number(s, 0) != kSizeBuffer; },
       {kNoSuchCall, false, "gVisor only lets its log be read (ENOSYS)"}},
      {nr::syslog, r20200127, is_one_of<0, kSizeBuffer>, {1 << 17, false, "gVisor's log buffer has 128 KiB"}},
      // sys_rlimit.go
      {nr::setrlimit,
       r20200127,
       [](const Sys& s) { return limit_fixed(number(s, 0)); },
       {kDenied, false, "gVisor does not let this limit be set (EPERM)"}},
      {nr::prlimit64,
       r20200127,
       [](const Sys& s) { return s.u64(2) != 0 && limit_fixed(number(s, 1)); },
       {kDenied, false, "gVisor does not let this limit be set (EPERM)"}},
      // sys_prctl.go: no_new_privs is always in force
      {nr::prctl,
       r20200127,
       [](const Sys& s) {
         return number(s, 0) == PR_GET_NO_NEW_PRIVS && number(s, 1) == 0 && number(s, 2) == 0;
       },
       {1, false, "gVisor never grants new privileges"}},
  };
  return all;
}

// By call number.
using Index = std::array<std::vector<const Part*>, kernel::kSyscallLimit>;

Index make_index() {
  Index index;
  for (const Part& part : parts()) index[part.call].push_back(&part);
  return index;
}

}  // namespace

const SentryPart* sentry_part(Release release, const Sys& sys) {
  static const Index index = make_index();
  if (sys.nr >= kernel::kSyscallLimit) return nullptr;
  for (const Part* part : index[sys.nr])
    if (release <= part->last && part->applies(sys)) return &part->answer;
  return nullptr;
}

}  // namespace isosim::models
