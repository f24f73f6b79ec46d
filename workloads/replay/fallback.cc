#include "workloads/replay/fallback.h"

#include <utility>

#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/fs/open.h"

namespace isosim::workloads {

namespace nr = kernel::nr;

namespace {

// A name of its own in place of none.
bool make_named(kernel::Sys& sys, std::uint64_t serial, std::string& text) {
  const int path = sys.nr == nr::open ? 0 : 1;
  const auto* directory = sys.get<std::string_view>(path);
  if (!directory || !kernel::asks_for_tmpfile(sys)) return false;
  text.assign(*directory).append("/tmpf").append(std::to_string(serial));
  const auto at = static_cast<std::size_t>(path);
  sys.at[at] = std::string_view(text);
  sys.arg[at + 1] &= ~std::uint64_t{kernel::open_flag::tmpfile};
  sys.arg[at + 1] |= kernel::open_flag::creat | kernel::open_flag::excl;
  return true;
}

}  // namespace

bool is_unknown(const kernel::Sys& sys, std::int64_t returned) {
  if (returned == -kernel::ENOSYS_) return true;
  return (returned == -kernel::EOPNOTSUPP_ || returned == -kernel::EISDIR_) && kernel::asks_for_tmpfile(sys);
}

bool fall_back(kernel::Sys& sys, std::uint64_t serial, std::string& text) {
  switch (sys.nr) {
    case nr::open:
    case nr::openat:
      return make_named(sys, serial, text);
    case nr::copy_file_range:  // (in, position, out, position, length, flags) -> (out, in, position, length)
      if (sys.u64(1) != 0 || sys.u64(3) != 0) return false;
      sys.nr = nr::sendfile;
      sys.arg = {sys.arg[2], sys.arg[0], 0, sys.arg[4], 0, 0};
      return true;
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
