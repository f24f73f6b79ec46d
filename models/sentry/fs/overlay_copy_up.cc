// A file comes to exist in the upper file system, with its directories, before it changes
// (pkg/sentry/fs/copy_up.go).
#include "kernel-model/fs/regular_file.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "models/sentry/fs/overlay_fs.h"

namespace isosim::models {

using kernel::Dentry;
using kernel::File;
using kernel::Inode;
using kernel::Ref;
using kernel::Thread;
namespace open_flag = kernel::open_flag;

namespace {

constexpr std::uint64_t kBuffer = 8 * 4096;  // bytes, copyUpBuffers

}  // namespace

// findNextCopyUp(): from the top.
std::int64_t OverlayFs::copy_up(Thread* t, Dentry& dentry) {
  const Ref<Inode> hold = dentry.inode;
  auto& inode = static_cast<OverlayInode&>(*hold);
  if (inode.upper) return 0;
  if (!t) return -kernel::EIO_;  // it takes messages, and the application's task waits for them
  const Ref<Dentry> hold_dentry(&dentry);
  if (const std::int64_t error = copy_up(t, *dentry.parent)) return error;
  const kernel::InodeGuard guard(vfs.kernel, *t, inode.copying);
  return inode.upper ? 0 : copy_one(*t, dentry);
}

// copyUpLocked().
std::int64_t OverlayFs::copy_one(Thread& t, Dentry& dentry) {
  OverlayInode& inode = overlay_inode(dentry);
  Inode& lower = *inode.lower;
  if (!lower.is_regular() && !lower.is_directory() && !lower.is_symlink()) return -kernel::EINVAL_;
  t.charge(copy_up_);
  t.charge(lower_.cost.getattr);
  if (lower_.refresh(&t, lower) != 0) return -kernel::EIO_;
  kernel::NewNode node{.mode = lower.mode};
  std::string target;
  if (lower.is_symlink()) {
    if (lower_.read_link(&t, *transient(lower_, &lower), target) != 0) return -kernel::EIO_;
    node.target = target;
  }
  const Ref<Dentry> parent = transient(upper_, overlay_inode(*dentry.parent).upper.get());
  Ref<Inode> made;
  if (upper_.create(&t, *parent, dentry.name, node, made) != 0) return -kernel::EIO_;
  if (!lower.is_regular()) upper_.lookup(&t, *parent, dentry.name, made);
  std::int64_t error = copy_attributes(t, *made, lower);
  if (error == 0 && lower.is_regular()) error = copy_contents(t, *made, lower);
  if (error != 0) {  // cleanupUpper()
    upper_.unlink(&t, *parent, *transient(upper_, made.get(), dentry.name));
    if (made->opens == 0) upper_.evict(&t, *made);
    return -kernel::EIO_;
  }
  inode.upper = made;
  inode.refresh();
  vfs.kernel.memory->unmap_file(t, inode, 0);  // what maps the lower file will find the upper one
  return 0;
}

// Owner and times; the writes that follow change the time of modification again.
std::int64_t OverlayFs::copy_attributes(Thread& t, Inode& upper, Inode& lower) {
  t.charge(lower_.cost.getattr);
  if (const std::int64_t error = lower_.refresh(&t, lower)) return error;
  const Ref<Dentry> at = transient(upper_, &upper);
  kernel::AttributeChange owner, times;
  owner.uid = lower.uid;
  owner.gid = lower.gid;
  times.atime = lower.atime;
  times.mtime = lower.mtime;
  if (const std::int64_t error = upper_.set_attributes(&t, *at, owner)) return error;
  return upper_.set_attributes(&t, *at, times);
}

// copyContentsLocked(): with a file of each layer, and that of Create() beside them, until a read gives
// nothing.
std::int64_t OverlayFs::copy_contents(Thread& t, Inode& upper, Inode& lower) {
  constexpr int kFiles = 3;
  for (int i = 0; i < kFiles; ++i) t.charge(cost.open);
  t.charge(upper_.cost.open);
  std::int64_t error = 0;
  Ref<File> from = lower_.make_file(&t, {nullptr, transient(lower_, &lower)}, 0, error);
  if (error != 0) return error;
  const Ref<Dentry> at = transient(upper_, &upper);
  kernel::RegularFile to({nullptr, at}, &upper);
  to.flags = open_flag::wronly;
  for (std::uint64_t offset = 0;;) {
    const std::int64_t got = from->read(vfs.kernel, t, {.length = kBuffer, .position = offset});
    if (got <= 0) {
      error = got;
      break;
    }
    const std::int64_t put =
        upper_.write(t, to, {.length = static_cast<std::uint64_t>(got), .position = offset});
    if (put < 0) {
      error = put;
      break;
    }
    offset += static_cast<std::uint64_t>(put);
  }
  for (int i = 0; i < kFiles; ++i) t.charge(cost.release);
  put_file(vfs.kernel, t, std::move(from));
  return error;
}

}  // namespace isosim::models
