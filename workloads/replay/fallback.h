// What the C library does when a kernel does not know a call (ENOSYS): the program of a trace would have made
// the older one. glibc 2.36: sysdeps/unix/sysv/linux/{statx,clone-internal,faccessat}.c,
// stdio-common/tmpfile.c. And what every program does without copy_file_range, in one call.
#pragma once

#include <cstdint>
#include <string>

#include "kernel-model/abi/syscall.h"

namespace isosim::workloads {

// Makes the older call of `sys`. False, and nothing is changed, if the library leaves ENOSYS to the program.
// The child of a clone has to be attached again.
// `text`: for a path that stays until the call is over. `serial`: of this call in its trace.
bool fall_back(kernel::Sys& sys, std::uint64_t serial, std::string& text);

// Whether the kernel's answer is one that such a call gets where it is not known.
bool is_unknown(const kernel::Sys& sys, std::int64_t returned);

}  // namespace isosim::workloads
