#include "kernel-model/fs/super_block.h"

#include <algorithm>
#include <array>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

SuperBlock::SuperBlock(Vfs& its_vfs, std::string_view its_type, std::string_view paths)
    : vfs(its_vfs),
      type(its_type),
      device(its_vfs.next_device()),
      cost(FsCosts::of(its_vfs.kernel, paths.empty() ? its_type : paths)) {}

SuperBlock::~SuperBlock() = default;

void SuperBlock::place_name(Inode& /*dir*/, Inode& /*inode*/, bool /*warm*/) {}
void SuperBlock::inode_dirtied(Inode& /*inode*/) {}
void SuperBlock::dirty_pages(Inode& inode, std::uint64_t first, std::uint64_t count) {
  inode.pages.set(PageCache::Tag::dirty, first, count);
}

void SuperBlock::charge(Thread* t, sim::PathId path, std::uint64_t units) const {
  if (t) t->charge(path, units);
}

sim::Time SuperBlock::now(const Thread* t) const { return t ? t->now() : vfs.kernel.engine.now(); }

Ref<Inode> SuperBlock::new_inode(const NewNode& node, sim::Time time) {
  Ref<Inode> inode = make_inode(next_inode_++, node.mode);
  inode->uid = node.uid;
  inode->gid = node.gid;
  inode->rdev = node.rdev;
  inode->target = node.target;
  if (inode->is_symlink()) inode->size = node.target.size();
  inode->atime = inode->mtime = inode->ctime = time;
  return inode;
}

Ref<Inode> SuperBlock::make_inode(std::uint64_t number, std::uint32_t mode) {
  return new Inode(*this, number, mode);
}

std::int64_t SuperBlock::lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  charge(t, cost.lookup);
  if (const auto* entry = dir.inode->entries->find(name)) out = entry->inode;
  return 0;
}

std::int64_t SuperBlock::create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                                Ref<Inode>& out) {
  out = new_inode(node, now(t));
  Inode& parent = *dir.inode;
  parent.entries->add(name, out, out->dirent_kind());
  if (out->is_directory()) ++parent.links;
  parent.mtime = parent.ctime = now(t);
  charge(t, out->is_directory() ? cost.mkdir : out->is_symlink() ? cost.symlink : cost.create);
  return 0;
}

std::int64_t SuperBlock::link(Thread* t, Dentry& old, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  out = old.inode;
  ++out->links;
  dir.inode->entries->add(name, out, out->dirent_kind());
  out->ctime = dir.inode->mtime = dir.inode->ctime = now(t);
  charge(t, cost.link);
  return 0;
}

void SuperBlock::drop_link(Inode& dir, Inode& victim) {
  if (victim.is_directory()) {
    victim.links = 0;
    --dir.links;
  } else {
    --victim.links;
  }
}

std::int64_t SuperBlock::unlink(Thread* t, Dentry& dir, Dentry& victim) {
  const Ref<Inode> inode = victim.inode;
  dir.inode->entries->remove(victim.name);
  drop_link(*dir.inode, *inode);
  inode->ctime = dir.inode->mtime = dir.inode->ctime = now(t);
  charge(t, inode->is_directory() ? cost.rmdir : cost.unlink);
  return 0;
}

std::int64_t SuperBlock::rename(Thread* t, Dentry& old_dir, Dentry& old, Dentry& new_dir, Dentry& replaced,
                                bool exchange) {
  Inode& from = *old_dir.inode;
  Inode& to = *new_dir.inode;
  const Ref<Inode> moved = old.inode;
  const Ref<Inode> other = replaced.inode;
  if (exchange) {
    from.entries->replace(old.name, other, other->dirent_kind());
    to.entries->replace(replaced.name, moved, moved->dirent_kind());
    if (moved->is_directory() != other->is_directory()) {
      Inode& gains = moved->is_directory() ? to : from;
      Inode& loses = moved->is_directory() ? from : to;
      ++gains.links;
      --loses.links;
    }
  } else {
    if (other) {
      drop_link(to, *other);
      to.entries->replace(replaced.name, moved, moved->dirent_kind());
    } else {
      to.entries->add(replaced.name, moved, moved->dirent_kind());
    }
    from.entries->remove(old.name);
    if (moved->is_directory()) {
      --from.links;
      ++to.links;
    }
  }
  moved->ctime = from.mtime = from.ctime = to.mtime = to.ctime = now(t);
  charge(t, cost.rename);
  return 0;
}

std::int64_t SuperBlock::set_attributes(Thread* t, Dentry& dentry, const AttributeChange& change) {
  Inode& inode = *dentry.inode;
  if (change.size) {
    if (const auto error = truncate(t, inode, *change.size)) return error;
  }
  if (change.mode) inode.mode = (inode.mode & file_mode::type) | (*change.mode & file_mode::permissions);
  if (change.uid) inode.uid = *change.uid;
  if (change.gid) inode.gid = *change.gid;
  if (change.atime) inode.atime = *change.atime;
  if (change.mtime) inode.mtime = *change.mtime;
  inode.ctime = now(t);
  if (!change.size) charge(t, change.uid || change.gid ? cost.chown : cost.setattr);
  return 0;
}

bool SuperBlock::directory_empty(Thread* /*t*/, Dentry& dir) { return dir.inode->entries->empty(); }

std::int64_t SuperBlock::read_link(Thread* t, Dentry& dentry, std::string& out) {
  charge(t, cost.readlink);
  out = dentry.inode->target;
  return 0;
}

bool SuperBlock::jump_link(Thread* /*t*/, Dentry& /*dentry*/, Path& /*out*/) { return false; }
bool SuperBlock::revalidate(Thread* /*t*/, Dentry& /*dentry*/) { return true; }
std::int64_t SuperBlock::refresh(Thread* /*t*/, Inode& /*inode*/) { return 0; }

std::int64_t SuperBlock::get_status(Thread* t, Dentry& dentry, FileStatus& out) {
  charge(t, cost.getattr);
  dentry.inode->fill(out);
  return 0;
}

// An inode for every 16 KiB on ext4 (mke2fs's inode_ratio), for every page on tmpfs
// (shmem_default_max_inodes).
void SuperBlock::status(FileSystemStatus& out) const {
  constexpr std::uint64_t kBlock = 4096;
  struct Magic {
    std::string_view type;
    std::uint64_t number;
  };
  static constexpr std::array<Magic, 5> kMagics{{{"ext4", 0xEF53},
                                                 {"tmpfs", 0x01021994},
                                                 {"overlay", 0x794C7630},
                                                 {"proc", 0x9FA0},
                                                 {"sysfs", 0x62656572}}};
  out = {};
  for (const auto& [name, number] : kMagics)
    if (type == name) out.type = number;
  out.block_size = kBlock;
  out.blocks = capacity / kBlock;
  out.free_blocks = (capacity - std::min(used, capacity)) / kBlock;
  out.files = capacity / (type == "ext4" ? 4 * kBlock : kBlock);
  out.free_files = out.files - std::min(next_inode_, out.files);
  out.name_length = 255;
}

std::int64_t SuperBlock::statfs(Thread& t, Dentry& /*dentry*/, FileSystemStatus& out) {
  t.charge(cost.statfs);
  status(out);
  return 0;
}

std::int64_t SuperBlock::open_inode(Thread* t, const Path& path, std::uint32_t /*flags*/, Ref<Inode>& out) {
  charge(t, cost.open);
  out = path.dentry->inode;
  return 0;
}

Ref<File> SuperBlock::make_file(Thread* /*t*/, const Path& /*path*/, std::uint32_t /*flags*/,
                                std::int64_t& /*error*/) {
  return nullptr;
}
const Directory& SuperBlock::listing(Thread* /*t*/, Dentry& dir) { return *dir.inode->entries; }
sim::PathId SuperBlock::entry_path(const Dentry& /*dir*/) const { return cost.readdir; }
void SuperBlock::forget_listing(Inode& /*dir*/) {}

std::int64_t SuperBlock::read(Thread& /*t*/, RegularFile& /*file*/, const Io& /*io*/) { return -EINVAL_; }
std::int64_t SuperBlock::write(Thread& /*t*/, RegularFile& /*file*/, const Io& /*io*/) { return -EINVAL_; }
std::int64_t SuperBlock::truncate(Thread* /*t*/, Inode& /*inode*/, std::uint64_t /*size*/) { return 0; }
std::int64_t SuperBlock::allocate(Thread& /*t*/, Inode& /*inode*/, int /*mode*/, std::uint64_t /*offset*/,
                                  std::uint64_t /*length*/) {
  return -EOPNOTSUPP_;
}
std::int64_t SuperBlock::sync_file(Thread& t, Inode& /*inode*/, bool /*data_only*/) {
  return t.charge(cost.fsync), 0;
}
std::int64_t SuperBlock::sync_all(Thread& /*t*/) { return 0; }

void SuperBlock::place_contents(Inode& inode, const InitialFile& file) { inode.size = file.size; }

std::int64_t SuperBlock::write_range(Thread& /*t*/, Inode& /*inode*/, std::uint64_t /*offset*/,
                                     std::uint64_t /*length*/, bool /*wait*/) {
  return 0;
}
void SuperBlock::advise(Thread& /*t*/, File& /*file*/, std::uint64_t /*offset*/, std::uint64_t /*length*/,
                        int /*advice*/) {}

std::uint64_t SuperBlock::next_data(const Inode& inode, std::uint64_t page, bool data) const {
  if (data) {
    const auto run = inode.pages.next(PageCache::Tag::present, page, 1);
    return run.count ? run.first : ~0ull;
  }
  const std::uint64_t pages = (inode.size + 4095) / 4096;
  return inode.pages.next_missing(page, pages > page ? pages - page : 0).first;
}

std::int64_t SuperBlock::map_extents(Thread& /*t*/, Inode& /*inode*/, const ExtentsWanted& /*wanted*/,
                                     std::uint64_t& /*count*/) {
  return -EOPNOTSUPP_;
}

void SuperBlock::evict(Thread* t, Inode& inode) {
  const std::uint64_t pages = inode.pages.total(PageCache::Tag::present);
  used -= std::min(used, inode.allocated);
  inode.allocated = 0;
  inode.pages.clear_all();
  charge(t, cost.evict, pages);
}

}  // namespace isosim::kernel
