// fcntl's record locks.
#pragma once

#include "kernel-model/abi/syscall.h"
#include "kernel-model/fs/file.h"

namespace isosim::kernel {

// F_GETLK, F_OFD_GETLK: whether the lock could be set; s.out.value is the type that was found (F_UNLCK if
// free).
std::int64_t get_lock(Thread& t, File& file, Sys& s, bool ofd);
// F_SETLK and its kin. A caller whose trace did not show the structure locks the whole file.
std::int64_t set_lock(Thread& t, File& file, const Sys& s, bool ofd, bool wait);

}  // namespace isosim::kernel
