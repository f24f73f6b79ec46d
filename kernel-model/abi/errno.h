// Linux errno values used by the model (include/uapi/asm-generic/errno*.h). Calls return them negated.
#pragma once

#include <cstdint>

namespace isosim::kernel {

enum Errno : std::int64_t {
  EPERM_ = 1, ENOENT_ = 2, ESRCH_ = 3, EINTR_ = 4, EIO_ = 5, ENXIO_ = 6, E2BIG_ = 7, ENOEXEC_ = 8, EBADF_ = 9,
  ECHILD_ = 10, EAGAIN_ = 11, ENOMEM_ = 12, EACCES_ = 13, EFAULT_ = 14, ENOTBLK_ = 15, EBUSY_ = 16, EEXIST_ = 17,
  EXDEV_ = 18, ENODEV_ = 19, ENOTDIR_ = 20, EISDIR_ = 21, EINVAL_ = 22, ENFILE_ = 23, EMFILE_ = 24, ENOTTY_ = 25,
  ETXTBSY_ = 26, EFBIG_ = 27, ENOSPC_ = 28, ESPIPE_ = 29, EROFS_ = 30, EMLINK_ = 31, EPIPE_ = 32, EDOM_ = 33,
  ERANGE_ = 34, EDEADLK_ = 35, ENAMETOOLONG_ = 36, ENOLCK_ = 37, ENOSYS_ = 38, ENOTEMPTY_ = 39, ELOOP_ = 40,
  ENODATA_ = 61, EOVERFLOW_ = 75, ENOTSOCK_ = 88, EDESTADDRREQ_ = 89, EMSGSIZE_ = 90, EPROTOTYPE_ = 91,
  ENOPROTOOPT_ = 92, EPROTONOSUPPORT_ = 93, ESOCKTNOSUPPORT_ = 94, EOPNOTSUPP_ = 95, EAFNOSUPPORT_ = 97, EADDRINUSE_ = 98,
  EADDRNOTAVAIL_ = 99, ECONNABORTED_ = 103, ECONNRESET_ = 104, ENOBUFS_ = 105, EISCONN_ = 106, ENOTCONN_ = 107,
  ETIMEDOUT_ = 110, ECONNREFUSED_ = 111, EALREADY_ = 114, EINPROGRESS_ = 115,
  // Kernel-internal (include/linux/errno.h): seen by strace, turned into EINTR or a restart by signal delivery.
  ERESTARTSYS_ = 512, ERESTARTNOINTR_ = 513, ERESTARTNOHAND_ = 514, ERESTART_RESTARTBLOCK_ = 516,
};

}  // namespace isosim::kernel
