#include "models/machine_difference.h"

#include <sys/prctl.h>

#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"

namespace isosim::models {

namespace nr = kernel::nr;

std::string_view machine_difference(const kernel::Sys& sys, std::int64_t returned) {
  if (sys.nr == nr::sched_getaffinity && returned > 0)
    return "the mask has as many bytes as the machine's possible CPUs need";
  if (sys.nr == nr::prctl && sys.fd(0) == PR_CAPBSET_READ && returned == -kernel::EINVAL_)
    return "the kernel is older than this capability";
  return {};
}

}  // namespace isosim::models
