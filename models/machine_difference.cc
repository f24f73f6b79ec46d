#include "models/machine_difference.h"

#include <sys/prctl.h>

#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/entry/newer_calls.h"

namespace isosim::models {

namespace nr = kernel::nr;

namespace {

constexpr std::int32_t kKnownToday = 1000;  // no option of today's kernels has a number as high

bool clones_range(const kernel::Sys& sys) {
  constexpr std::uint64_t kClone = 0x40049409, kCloneRange = 0x4020940D, kDedupe = 0xC0189436;
  const std::uint64_t request = sys.u64(1);
  return sys.nr == nr::ioctl && (request == kClone || request == kCloneRange || request == kDedupe);
}

// SOL_SOCKET, SOL_TCP and SOL_UDP options that Linux 4.4 has not.
bool newer_option(const kernel::Sys& sys) {
  if (sys.nr != nr::setsockopt && sys.nr != nr::getsockopt) return false;
  const std::int32_t level = sys.fd(1), name = sys.fd(2);
  return name < kKnownToday &&
         ((level == 1 && name > 50) || (level == 6 && name > 28) || (level == 17 && name > 102));
}

// Options of prctl and arch_prctl that Linux 4.4 has not.
bool newer_process_option(const kernel::Sys& sys) {
  constexpr std::uint64_t kNewest = PR_CAP_AMBIENT, kVma = 0x53564D41, kCpuid = 0x1011, kLastToday = 0x10FF;
  const std::uint64_t option = sys.u64(0);
  if (sys.nr == nr::arch_prctl) return option >= kCpuid && option <= kLastToday;
  return sys.nr == nr::prctl && ((option > kNewest && option < kKnownToday) || option == kVma);
}

bool newer_socket_request(const kernel::Sys& sys) {
  constexpr std::uint64_t kStamp = 0x80108906, kStampNs = 0x80108907, kNamespace = 0x894C;
  const std::uint64_t request = sys.u64(1) & 0xFFFFFFFF;
  return sys.nr == nr::ioctl && (request == kStamp || request == kStampNs || request == kNamespace);
}

}  // namespace

std::string_view machine_difference(const kernel::Sys& sys, std::int64_t returned) {
  if (returned == -kernel::ENOSYS_ && kernel::newer_than_4_4(sys.nr))
    return "this call came after Linux 4.4 (ENOSYS)";
  if (sys.nr == nr::sched_getaffinity && returned > 0)
    return "the mask has as many bytes as the machine's possible CPUs need";
  if (sys.nr == nr::prctl && sys.fd(0) == PR_CAPBSET_READ && returned == -kernel::EINVAL_)
    return "the kernel is older than this capability";
  if (newer_process_option(sys) && returned == -kernel::EINVAL_)
    return "this option came after Linux 4.4 (EINVAL)";
  constexpr std::uint64_t kPolicies = 5;  // MPOL_MAX of Linux 4.4
  if (sys.nr == nr::get_mempolicy && sys.u64(1) != 0 && sys.u64(2) < 64 && returned == -kernel::EINVAL_)
    return "the machine has more memory nodes than the mask can name (EINVAL)";
  if (sys.nr == nr::set_mempolicy && (sys.u64(0) & 0xFFF) >= kPolicies && returned == -kernel::EINVAL_)
    return "the kernel is older than this memory policy (MPOL_PREFERRED_MANY came with Linux 5.15)";
  if (clones_range(sys) && returned == -kernel::ENOTTY_)
    return "FICLONE and its kin are btrfs's own before Linux 4.5 (ENOTTY)";
  if (newer_option(sys) && returned == -kernel::ENOPROTOOPT_)
    return "this socket option came after Linux 4.4 (ENOPROTOOPT)";
  if (newer_socket_request(sys) && returned == -kernel::ENOTTY_)
    return "this request of sockets came after Linux 4.4 (ENOTTY)";
  constexpr std::uint64_t kAdviceFree = 8, kNewestAdvice = 17, kPoison = 100;  // MADV_FREE, MADV_DODUMP
  if (const std::uint64_t advice = sys.u64(2) & 0xFFFFFFFF;
      sys.nr == nr::madvise && returned == -kernel::EINVAL_ &&
      (advice == kAdviceFree || (advice > kNewestAdvice && advice < kPoison)))
    return "this advice came after Linux 4.4 (EINVAL)";
  if (constexpr std::uint64_t kTypes = 0xF, kSharedValidate = 3;
      sys.nr == nr::mmap && (sys.u64(3) & kTypes) == kSharedValidate && returned == -kernel::EINVAL_)
    return "MAP_SHARED_VALIDATE came with Linux 4.15 (EINVAL)";
  if (constexpr std::uint64_t kNoReplace = 0x100000;
      sys.nr == nr::mmap && (sys.u64(3) & kNoReplace) != 0 && returned >= 0)
    return "MAP_FIXED_NOREPLACE came with Linux 4.17; before, the address is a hint";
  if (constexpr std::int32_t kSyscallInfo = 0x420E;
      sys.nr == nr::ptrace && sys.fd(0) == kSyscallInfo && returned == -kernel::EIO_)
    return "PTRACE_GET_SYSCALL_INFO came with Linux 5.3: EIO";
  return {};
}

}  // namespace isosim::models
