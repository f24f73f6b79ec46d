#include "workloads/replay/fallback.h"

#include <utility>

#include "kernel-model/abi/syscall_names.h"

namespace isosim::workloads {

namespace nr = kernel::nr;

bool fall_back(kernel::Sys& sys) {
  switch (sys.nr) {
    case nr::statx:  // (dirfd, path, flags, mask, buffer) -> (dirfd, path, buffer, flags)
      sys.nr = nr::newfstatat;
      std::swap(sys.arg[2], sys.arg[3]);
      std::swap(sys.arg[2], sys.arg[4]);
      std::swap(sys.at[2], sys.at[4]);
      return true;
    case nr::faccessat2:  // without the flags
      sys.nr = nr::faccessat;
      return true;
    case nr::clone3:  // whose flags the replayer puts where clone has them
      sys.nr = nr::clone;
      return true;
    case nr::semtimedop:  // which semop() calls without a timeout
      if (sys.u64(3) != 0) return false;
      sys.nr = nr::semop;
      return true;
    default:
      return false;
  }
}

}  // namespace isosim::workloads
