#include "models/machine_difference.h"

#include <sys/prctl.h>

#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"

namespace isosim::models {

namespace nr = kernel::nr;

static bool clones_range(const kernel::Sys& sys) {
  constexpr std::uint64_t kClone = 0x40049409, kCloneRange = 0x4020940D, kDedupe = 0xC0189436;
  const std::uint64_t request = sys.u64(1);
  return sys.nr == nr::ioctl && (request == kClone || request == kCloneRange || request == kDedupe);
}

std::string_view machine_difference(const kernel::Sys& sys, std::int64_t returned) {
  if (sys.nr == nr::sched_getaffinity && returned > 0)
    return "the mask has as many bytes as the machine's possible CPUs need";
  if (sys.nr == nr::prctl && sys.fd(0) == PR_CAPBSET_READ && returned == -kernel::EINVAL_)
    return "the kernel is older than this capability";
  if (clones_range(sys) && returned == -kernel::ENOTTY_)
    return "FICLONE and its kin are btrfs's own before Linux 4.5 (ENOTTY)";
  if (constexpr std::int32_t kSyscallInfo = 0x420E;
      sys.nr == nr::ptrace && sys.fd(0) == kSyscallInfo && returned == -kernel::EIO_)
    return "PTRACE_GET_SYSCALL_INFO came with Linux 5.3: EIO";
  return {};
}

}  // namespace isosim::models
