#include "kernel-model/fs/directory_file.h"

#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

std::int64_t DirectoryFile::seek(Kernel& /*k*/, Thread& /*t*/, std::int64_t offset, int whence) {
  if (whence == 1) offset += static_cast<std::int64_t>(position);
  if (whence > 1 || offset < 0) return -EINVAL_;
  position = static_cast<std::uint64_t>(offset);
  return offset;
}

std::int64_t DirectoryFile::sync(Kernel& /*k*/, Thread& t, bool data_only) {
  return path_.inode()->sb.sync_file(t, *path_.inode(), data_only);
}

// filldir64(): whole records only. Positions 0 and 1 are "." and "..", then a slot each.
std::int64_t DirectoryFile::read_directory(Kernel& /*k*/, Thread& t, std::uint64_t length) {
  SuperBlock& sb = path_.inode()->sb;
  if (path_.inode()->links == 0) return -ENOENT_;  // IS_DEADDIR
  const auto record = [this](std::size_t name) {
    return legacy_records ? (18 + name + 2 + 7) / 8 * 8 : (19 + name + 1 + 7) / 8 * 8;
  };
  std::uint64_t bytes = 0, entries = 0;
  const auto emit = [&](std::string_view name) {
    const std::uint64_t size = record(name.size());
    if (bytes + size > length) return false;
    bytes += size;
    ++entries;
    ++position;
    if (names) names->emplace_back(name);
    return true;
  };
  const Directory& directory = sb.listing(&t, *path_.dentry);
  bool full = false;
  if (position == 0) full = !emit(".");
  if (position == 1 && !full) full = !emit("..");
  const auto& slots = directory.slots();
  while (!full && position >= 2 && position - 2 < slots.size()) {
    const auto& slot = slots[position - 2];
    if (slot.name.empty()) {
      ++position;
    } else {
      full = !emit(slot.name);
    }
  }
  t.charge(sb.entry_path(*path_.dentry), entries);
  return full && bytes == 0 ? -EINVAL_ : static_cast<std::int64_t>(bytes);
}

void DirectoryFile::release(Kernel& k, Thread& t) {
  Inode& inode = *path_.inode();
  notify_event(k, &t, &inode, path_.dentry.get(), path_.dentry->name, notify::close_nowrite | notify::isdir);
  if (--inode.opens != 0) return;
  inode.sb.forget_listing(inode);
  if (inode.links == 0) inode.sb.evict(&t, inode);
}

}  // namespace isosim::kernel
