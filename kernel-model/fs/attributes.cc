#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/modify.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

std::int64_t change_attributes(Thread& t, const Path& path, const AttributeChange& change) {
  if ((path.mount && (path.mount->flags & mount_flag::rdonly)) || path.inode()->sb.read_only) return -EROFS_;
  if (const auto error = path.dentry->sb.set_attributes(&t, *path.dentry, change)) return error;
  Kernel& k = t.kernel;
  notify_event(k, &t, path.inode(), path.dentry.get(), path.dentry->name,
               change.size ? notify::modify : notify::attrib);
  return 0;
}

std::int64_t truncate_path(Thread& t, const Path& path, std::uint64_t size) {
  constexpr std::size_t kRlimitFsize = 1;
  if (size > path.inode()->size && size > t.process->limits[kRlimitFsize].current) return -EFBIG_;
  if (size > path.inode()->sb.max_file_size) return -EFBIG_;
  t.charge(t.kernel.vfs->paths.truncate);
  AttributeChange change;
  change.size = size;
  return change_attributes(t, path, change);
}

}  // namespace isosim::kernel
