// Giving up descriptors: what close(2), execve and exit have in common.
#pragma once

#include "kernel-model/fs/fd_table.h"

namespace isosim::kernel {

// filp_close() and fput(): flushes, and releases the file if `file` was the last reference. Returns close's
// result.
std::int64_t close_file(Kernel& k, Thread& t, Ref<File> file);

// Closes all descriptors, of exit.
void close_all(Kernel& k, Thread& t, FdTable& files);

// Closes those with FD_CLOEXEC, of execve.
void close_on_exec(Kernel& k, Thread& t, FdTable& files);

}  // namespace isosim::kernel
