// Opening: from a place in the tree to a File.
#pragma once

#include "kernel-model/abi/syscall.h"
#include "kernel-model/fs/namei.h"

namespace isosim::kernel {

// do_dentry_open(): the file of what is at `path`; permissions are checked by may_open().
std::int64_t open_path(Thread& t, const Path& path, std::uint32_t flags, Ref<File>& out);

// openat(2) without the descriptor. `mode` is that of a new file before the umask.
std::int64_t open_file(Thread& t, std::int32_t dfd, std::string_view name, std::uint32_t flags,
                       std::uint32_t mode, Ref<File>& out);

// Whether the call is an open with O_TMPFILE.
bool asks_for_tmpfile(const Sys& sys);

// open_exec(): for execve. EACCES unless a regular file with execute permission on a mount without noexec.
std::int64_t open_exec(Thread& t, std::int32_t dfd, std::string_view name, std::uint32_t at_flags,
                       Ref<File>& out);

}  // namespace isosim::kernel
