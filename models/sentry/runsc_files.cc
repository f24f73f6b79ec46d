#include "models/sentry/runsc_files.h"

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/mount.h"

namespace isosim::models::runsc {

namespace nr = kernel::nr;

void pivot_root(RuntimeCalls& calls, std::string_view root) {
  constexpr std::uint64_t kDetach = 2;
  calls.call(nr::chdir, {}, {{0, root}});
  calls.call(nr::pivot_root, {}, {{0, "."}, {1, "."}});
  calls.call(nr::umount2, {0, kDetach}, {{0, "."}});
}

}  // namespace isosim::models::runsc
