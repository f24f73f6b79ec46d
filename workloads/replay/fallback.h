// What the C library does when a kernel does not know a call (ENOSYS): the program of a trace would have made
// the older one. glibc 2.36: sysdeps/unix/sysv/linux/{statx,clone-internal,faccessat}.c.
#pragma once

#include "kernel-model/abi/syscall.h"

namespace isosim::workloads {

// Makes the older call of `sys`. False, and nothing is changed, if the library leaves ENOSYS to the program.
// The child of a clone has to be attached again.
bool fall_back(kernel::Sys& sys);

}  // namespace isosim::workloads
