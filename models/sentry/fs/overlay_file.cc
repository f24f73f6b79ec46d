#include "models/sentry/fs/overlay_file.h"

#include <algorithm>

#include "kernel-model/fs/inotify.h"
#include "kernel-model/fs/locks.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "models/sentry/fs/gofer_file.h"

namespace isosim::models {

using kernel::Io;
using kernel::Kernel;
using kernel::Ref;
using kernel::Thread;
namespace notify = kernel::notify;

// A file that was opened before it was copied up gets its upper one at the first read after.
std::int64_t OverlayFile::read(Kernel& k, Thread& t, const Io& io) {
  if (io.length == 0) return 0;
  t.charge(fs_.cost.read);
  OverlayInode& inode = node();
  if (inode.upper && !upper_) upper_ = fs_.open_upper(t, inode, flags);
  kernel::File& file = upper_ ? *upper_ : *lower_;
  const std::int64_t count = file.read(k, t, io);
  if (count > 0) notify_event(k, &t, inode_.get(), path_.dentry.get(), path_.dentry->name, notify::access);
  return count;
}

std::int64_t OverlayFile::write(Kernel& k, Thread& t, const Io& io) {
  if (io.length == 0) return 0;
  t.charge(fs_.cost.write);
  upper_->flags = flags;  // O_APPEND comes and goes
  const std::int64_t count = upper_->write(k, t, io);
  node().refresh();
  if (count > 0) notify_event(k, &t, inode_.get(), path_.dentry.get(), path_.dentry->name, notify::modify);
  return count;
}

std::int64_t OverlayFile::sync(Kernel& k, Thread& t, bool data_only) {
  t.charge(fs_.cost.fsync);
  std::int64_t error = upper_ ? upper_->sync(k, t, data_only) : 0;
  if (lower_ && error == 0) error = lower_->sync(k, t, data_only);
  return error;
}

void OverlayFile::flush(Kernel& k, Thread& t) {
  if (upper_) upper_->flush(k, t);
  if (lower_) lower_->flush(k, t);
}

void OverlayFile::release(Kernel& k, Thread& t) {
  if (inode_->locks) drop_file_locks(k, t, *this);
  const std::uint32_t mask = writable() ? notify::close_write : notify::close_nowrite;
  notify_event(k, &t, inode_.get(), path_.dentry.get(), path_.dentry->name, mask);
  t.charge(fs_.cost.release);
  put_file(k, t, std::move(upper_));
  put_file(k, t, std::move(lower_));
  if (--inode_->opens == 0 && inode_->links == 0) fs_.evict(&t, *inode_);
}

// readdirEntries(): both layers' directories are opened and read anew. A name below counts unless the upper
// directory has it too, or a whiteout for it.
std::int64_t OverlayFs::entries_of(Thread& t, OverlayInode& dir, kernel::Directory& out) {
  if (dir.upper) {
    const Ref<kernel::Dentry> upper = transient(upper_, dir.upper.get());
    t.charge(cost.open);
    t.charge(upper_.cost.open);
    const auto slots = upper_.listing(&t, *upper).slots();  // it may change while time passes
    t.charge(merge_, slots.size());
    for (const auto& slot : slots)
      if (!slot.name.empty()) out.add(slot.name, nullptr, slot.kind);
    t.charge(cost.release);
  }
  if (!dir.lower) return 0;
  t.charge(cost.open);
  std::int64_t error = 0;
  Ref<kernel::File> file = open_lower(t, dir, 0, error);
  if (error == 0) error = static_cast<GoferDirectory&>(*file).read_all(t);
  if (error == 0) {
    const auto slots = dir.lower->entries->slots();
    t.charge(merge_, slots.size());
    for (const auto& slot : slots) {
      if (dir.upper && has_whiteout(&t, *dir.upper, slot.name)) continue;
      if (!out.find(slot.name)) out.add(slot.name, nullptr, slot.kind);
    }
  }
  t.charge(cost.release);
  if (file) put_file(vfs.kernel, t, std::move(file));
  return error;
}

std::int64_t OverlayFs::list(Thread& t, OverlayInode& dir) {
  kernel::Directory merged;
  if (const std::int64_t error = entries_of(t, dir, merged)) return error;
  auto slots = merged.slots();
  std::sort(slots.begin(), slots.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  *dir.entries = kernel::Directory();
  for (const auto& slot : slots) dir.entries->add(slot.name, nullptr, slot.kind);
  return 0;
}

std::int64_t OverlayDirectory::read_directory(Kernel& k, Thread& t, std::uint64_t length) {
  if (const std::int64_t error = fs_.list(t, static_cast<OverlayInode&>(*path_.inode()))) return error;
  return list_on(k, t, length);
}

std::int64_t OverlayDirectory::sync(Kernel& k, Thread& t, bool data_only) {
  t.charge(fs_.cost.fsync);
  return lower_ ? lower_->sync(k, t, data_only) : 0;
}

void OverlayDirectory::release(Kernel& k, Thread& t) {
  t.charge(fs_.cost.release);
  if (lower_) put_file(k, t, std::move(lower_));
  DirectoryFile::release(k, t);
}

}  // namespace isosim::models
