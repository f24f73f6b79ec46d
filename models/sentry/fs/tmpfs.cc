#include "models/sentry/fs/tmpfs.h"

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::models {

using kernel::Dentry;
using kernel::Inode;
using kernel::NewNode;
using kernel::Ref;
using kernel::Thread;

SentryTmpfs::SentryTmpfs(kernel::Vfs& its_vfs, Services& services, std::uint32_t root_mode)
    : SuperBlock(its_vfs, "tmpfs"), services_(services) {
  link_rights = free_root_search = truncates_before_open = copies_itself = true;
  next_inode_ = 1;
  root = vfs.dcache.make_root(
      *this, new_inode({.mode = kernel::file_mode::directory | root_mode}, vfs.kernel.engine.now()));
}

Ref<Inode> SentryTmpfs::make_inode(std::uint64_t number, std::uint32_t mode) {
  return new MemoryInode(*this, number, mode);
}

void SentryTmpfs::take_clock(Thread* t, int times) {
  if (!t) return;
  go::G& g = services_.goroutine(*t);
  for (int i = 0; i < times; ++i) services_.clock().read(g);
}

// Which operation takes the clock how often: Notify* and WithCurrentTime in fs/ramfs/dir.go,
// fs/tmpfs/tmpfs.go.
std::int64_t SentryTmpfs::lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  take_clock(t, 1);
  return SuperBlock::lookup(t, dir, name, out);
}

std::int64_t SentryTmpfs::create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                                 Ref<Inode>& out) {
  take_clock(t, 2);  // of the new inode, and of the directory
  return SuperBlock::create(t, dir, name, node, out);
}

std::int64_t SentryTmpfs::link(Thread* t, Dentry& old, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  take_clock(t, 2);
  return SuperBlock::link(t, old, dir, name, out);
}

std::int64_t SentryTmpfs::unlink(Thread* t, Dentry& dir, Dentry& victim) {
  take_clock(t, 2);
  return SuperBlock::unlink(t, dir, victim);
}

std::int64_t SentryTmpfs::rename(Thread* t, Dentry& old_dir, Dentry& old, Dentry& new_dir, Dentry& replaced,
                                 bool exchange) {
  if (exchange) return -kernel::EINVAL_;
  take_clock(t, replaced.inode ? 5 : 3);
  return SuperBlock::rename(t, old_dir, old, new_dir, replaced, exchange);
}

std::int64_t SentryTmpfs::set_attributes(Thread* t, Dentry& dentry, const kernel::AttributeChange& change) {
  if (!change.size) take_clock(t, 1);  // truncate() takes it itself
  return SuperBlock::set_attributes(t, dentry, change);
}

std::int64_t SentryTmpfs::read_link(Thread* t, Dentry& dentry, std::string& out) {
  take_clock(t, 1);
  return SuperBlock::read_link(t, dentry, out);
}

const kernel::Directory& SentryTmpfs::listing(Thread* t, Dentry& dir) {
  take_clock(t, 1);
  return SuperBlock::listing(t, dir);
}

std::int64_t SentryTmpfs::statfs(Thread& t, Dentry& /*dentry*/, kernel::FileSystemStatus& out) {
  constexpr std::uint64_t kMagic = 0x01021994, kBlock = 4096, kNameLength = 255;
  t.charge(cost.statfs);
  out = {};  // no limits: fsInfo has the magic number and nothing else
  out.type = kMagic;
  out.block_size = kBlock;
  out.name_length = kNameLength;
  return 0;
}

}  // namespace isosim::models
