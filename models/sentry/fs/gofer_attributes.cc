// Attributes (pkg/sentry/fs/gofer/inode.go, attr.go and pkg/sentry/fs/fsutil/inode_cached.go).
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "models/sentry/fs/gofer_calls.h"
#include "models/sentry/fs/gofer_fs.h"

namespace isosim::models {

using kernel::Dentry;
using kernel::Inode;
using kernel::Thread;
using p9::SetAttrMask;

std::int64_t GoferFs::refresh(Thread* t, Inode& inode) {
  auto& own = static_cast<GoferInode&>(inode);
  if (own.fid == p9::kNoFid || caches_attributes(inode)) return 0;
  go::G& g = goroutine(t);
  g.charge(paths_.attributes);
  const gofer::Attributes answer = client_.get_attr(g, own.fid);
  if (answer.error == 0) own.adopt(answer.valid, answer.attr);
  settle(t);
  return answer.error;
}

std::int64_t GoferFs::get_status(Thread* t, Dentry& dentry, kernel::FileStatus& out) {
  goroutine(t).charge(cost.getattr);
  dirents_.use(dentry);
  if (const std::int64_t error = refresh(t, *dentry.inode)) return error;
  dentry.inode->fill(out);
  return 0;
}

std::int64_t GoferFs::statfs(Thread& t, Dentry& dentry, kernel::FileSystemStatus& out) {
  constexpr std::uint64_t kMagic = 0x01021997, kBlock = 4096, kNameLength = 255;  // V9FS_MAGIC
  go::G& g = goroutine(&t);
  g.charge(cost.statfs);
  const GoferInode& inode = gofer_inode(dentry);
  out = {};
  out.type = kMagic;
  out.block_size = kBlock;
  out.name_length = kNameLength;
  if (inode.fid == p9::kNoFid) return 0;
  const gofer::FileSystem answer = client_.stat_fs(g, inode.fid);
  settle(&t);
  if (answer.error != 0) return answer.error;
  const p9::FsStat& status = answer.status;
  out.blocks = status.blocks;
  out.free_blocks = status.blocks_available != 0 ? status.blocks_available : status.blocks_free;
  out.files = status.files;
  out.free_files = status.files_free;
  return 0;
}

std::int64_t GoferFs::read_link(Thread* t, Dentry& dentry, std::string& out) {
  go::G& g = goroutine(t);
  g.charge(cost.readlink);
  dirents_.use(dentry);
  gofer::LinkTarget answer = client_.read_link(g, gofer_inode(dentry).fid);
  settle(t);
  out = std::move(answer.target);
  return answer.error;
}

// chmod, chown and utimensat ask whose the file is first; chown asks for the capability too (sys_file.go).
// Cached times of a file with a descriptor of the host are not sent (skipSetAttr).
std::int64_t GoferFs::set_attributes(Thread* t, Dentry& dentry, const kernel::AttributeChange& change) {
  GoferInode& inode = gofer_inode(dentry);
  if (inode.fid == p9::kNoFid) return -kernel::EPERM_;
  if (change.size) return truncate(t, inode, *change.size);
  go::G& g = goroutine(t);
  const bool owner = change.uid || change.gid, cached = caches_attributes(inode);
  g.charge(owner ? cost.chown : cost.setattr);
  dirents_.use(dentry);
  for (int asked = 0; asked < (owner ? 2 : 1); ++asked)
    if (const std::int64_t error = refresh(t, inode)) return error;
  if (cached) services_.clock().read(g);
  SetAttrMask mask = SetAttrMask::none;
  p9::SetAttr attr;
  if (change.mode && !owner) mask |= SetAttrMask::permissions, attr.permissions = *change.mode & 07777;
  if (change.uid) mask |= SetAttrMask::uid, attr.uid = *change.uid;
  if (change.gid) mask |= SetAttrMask::gid, attr.gid = *change.gid;
  if (change.atime)
    mask |= SetAttrMask::atime | SetAttrMask::atime_not_system_time, attr.atime = file_time(*change.atime);
  if (change.mtime)
    mask |= SetAttrMask::mtime | SetAttrMask::mtime_not_system_time, attr.mtime = file_time(*change.mtime);
  const bool only_times = !owner && !change.mode;
  if (mask != SetAttrMask::none && !(cached && only_times && inode.host_fd() >= 0)) {
    if (const std::int64_t error = client_.set_attr(g, inode.fid, mask, attr)) return settle(t), error;
  }
  if (change.mode && !owner)
    inode.mode = (inode.mode & kernel::file_mode::type) | (*change.mode & kernel::file_mode::permissions);
  if (change.uid) inode.uid = *change.uid;
  if (change.gid) inode.gid = *change.gid;
  if (change.atime) inode.atime = *change.atime;
  if (change.mtime) inode.mtime = *change.mtime;
  inode.ctime = g.now();
  if (cached) inode.change_dirty = true;
  settle(t);
  return 0;
}

std::int64_t GoferFs::truncate(Thread* t, Inode& inode, std::uint64_t size) {
  auto& own = static_cast<GoferInode&>(inode);
  go::G& g = goroutine(t);
  g.charge(cost.truncate);
  if (caches()) services_.clock().read(g);
  p9::SetAttr attr;
  attr.size = size;
  const std::int64_t error = client_.set_attr(g, own.fid, SetAttrMask::size, attr);
  settle(t);
  if (error != 0) return error;
  const bool shrinks = size < inode.size;
  inode.size = size;
  if (caches()) {
    inode.mtime = inode.ctime = g.now();
    own.modification_dirty = own.change_dirty = true;
  }
  constexpr std::uint64_t kPage = 4096;
  if (t && shrinks) vfs.kernel.memory->unmap_file(*t, inode, (size + kPage - 1) / kPage);
  return 0;
}

// Tallocate from 20190529.1 on, with mode 0 only.
std::int64_t GoferFs::allocate(Thread& t, Inode& inode, int mode, std::uint64_t offset,
                               std::uint64_t length) {
  go::G& g = goroutine(&t);
  g.charge(cost.fallocate);
  if (mode != 0) return -kernel::EOPNOTSUPP_;
  const auto& own = static_cast<GoferInode&>(inode);
  if (!own.write_back) return -kernel::EBADF_;
  const std::int64_t error = client_.allocate(g, own.write_back->fid, 0, offset, length);
  if (error == 0) inode.size = std::max(inode.size, offset + length);
  settle(&t);
  return error;
}

// CachingInodeOperations.WriteOut() and inodeFileState.Sync().
std::int64_t GoferFs::write_out(go::G& g, GoferInode& inode) {
  if (!caches_attributes(inode) || inode.fid == p9::kNoFid) return 0;
  g.charge(paths_.write_out);
  const PendingAttributes pending = inode.pending();
  if (pending.mask != SetAttrMask::none) {
    if (const std::int64_t error = client_.set_attr(g, inode.fid, pending.mask, pending.attr)) return error;
  }
  inode.written_out();
  return inode.write_back ? client_.fsync(g, inode.write_back->fid) : 0;
}

std::int64_t GoferFs::sync_file(Thread& t, Inode& inode, bool /*data_only*/) {
  auto& own = static_cast<GoferInode&>(inode);
  go::G& g = goroutine(&t);
  g.charge(cost.fsync);
  std::int64_t error = write_out(g, own);
  if (error == 0 && own.host_fd() >= 0) error = sync_host_file(g, own.host_fd());
  settle(&t);
  return error;
}

// Dirent.SyncAll (fs/dirent.go): writes out every inode that a dirent still names, from the root down.
// Nothing is asked of the Gofer for a shared mount, and the host's own sync(2) is never called.
std::int64_t GoferFs::sync_all(Thread& t) {
  sync_dirents(goroutine(&t), *root);
  settle(&t);
  return 0;
}

void GoferFs::sync_dirents(go::G& g, kernel::Dentry& dentry) {
  if (dentry.negative()) return;
  g.charge(paths_.sync_dirent);
  if (!read_only) write_out(g, static_cast<GoferInode&>(*dentry.inode));
  std::vector<kernel::Ref<kernel::Dentry>> children;
  kernel::DentryCache::each_child(dentry, [&](kernel::Dentry& child) { children.emplace_back(&child); });
  for (const kernel::Ref<kernel::Dentry>& child : children) sync_dirents(g, *child);
}

// SyncFileRange: what waits for nothing does nothing; else it is an fdatasync.
std::int64_t GoferFs::write_range(Thread& t, Inode& inode, std::uint64_t /*offset*/, std::uint64_t /*length*/,
                                  bool wait) {
  return wait ? sync_file(t, inode, true) : 0;
}

// The host keeps its page cache itself: a shared mapping is a mapping of its file.
void GoferFs::dirty_pages(Inode& /*inode*/, std::uint64_t /*first*/, std::uint64_t /*count*/) {}

// Inode.destroy(): writes out while the caller waits, and releases while it does not.
void GoferFs::evict(Thread* t, Inode& inode) {
  write_out(goroutine(t), static_cast<GoferInode&>(inode));
  releases_->add(kernel::Ref<Inode>(&inode));
  settle(t);
}

}  // namespace isosim::models
