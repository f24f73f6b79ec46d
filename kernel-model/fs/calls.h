// The system calls of the VFS by group; register_fs_calls() registers them all.
#pragma once

#include "kernel-model/entry/syscall_table.h"
#include "kernel-model/fs/fd_table.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

void register_open_calls(SyscallTable& table);
void register_read_write_calls(SyscallTable& table);
void register_status_calls(SyscallTable& table);
void register_name_calls(SyscallTable& table);
void register_attribute_calls(SyscallTable& table);
void register_directory_calls(SyscallTable& table);
void register_descriptor_calls(SyscallTable& table);
void register_lock_calls(SyscallTable& table);
void register_xattr_calls(SyscallTable& table);
void register_sync_calls(SyscallTable& table);
void register_splice_calls(SyscallTable& table);
void register_mount_calls(SyscallTable& table);
void register_inotify_calls(SyscallTable& table);
void register_aio_calls(SyscallTable& table);

// The string that argument `i` points to; a missing one makes the caller return EFAULT.
inline bool path_argument(const Sys& s, int i, std::string_view& out) {
  const auto* view = s.get<std::string_view>(i);
  if (view) out = *view;
  return view != nullptr;
}

inline constexpr std::uint64_t kMaxTransfer = 0x7FFFF000;  // MAX_RW_COUNT

}  // namespace isosim::kernel
