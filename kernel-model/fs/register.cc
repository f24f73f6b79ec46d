#include "kernel-model/fs/calls.h"

namespace isosim::kernel {

void register_fs_calls(SyscallTable& table) {
  register_open_calls(table);
  register_read_write_calls(table);
  register_status_calls(table);
  register_name_calls(table);
  register_attribute_calls(table);
  register_directory_calls(table);
  register_descriptor_calls(table);
  register_lock_calls(table);
  register_xattr_calls(table);
  register_sync_calls(table);
  register_splice_calls(table);
  register_mount_calls(table);
  register_inotify_calls(table);
  register_aio_calls(table);
}

}  // namespace isosim::kernel
