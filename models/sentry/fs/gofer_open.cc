// Opening: handles, new or shared (pkg/sentry/fs/gofer/handles.go, inode.go getFileDefault).
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "models/sentry/fs/gofer_file.h"

namespace isosim::models {

using kernel::File;
using kernel::Path;
using kernel::Ref;
using kernel::Thread;
namespace open_flag = kernel::open_flag;

std::int64_t GoferFs::open_handle(go::G& g, GoferInode& inode, std::uint32_t flags, HandleRef& out) {
  g.charge(paths_.handle);
  const gofer::Walked clone = client_.walk(g, inode.fid);
  if (clone.error != 0) return clone.error;
  std::uint32_t mode = flags & open_flag::accmode;
  if ((flags & open_flag::trunc) && services_.release().flipcall) mode |= p9::kOpenTruncate;
  const gofer::Opened opened = client_.open(g, clone.fid, static_cast<p9::OpenFlags>(mode));
  if (opened.error != 0) return client_.clunk(g, clone.fid), opened.error;
  out = new GoferHandle(clone.fid, opened.fd);
  return 0;
}

std::int64_t GoferFs::handles_for(go::G& g, GoferInode& inode, std::uint32_t flags, bool read_only_mount,
                                  HandleRef& out) {
  const std::uint32_t access = flags & open_flag::accmode;
  const bool reads = access != open_flag::wronly, writes = access != 0;
  if (services_.release().handle_sharing) {
    const bool truncates = (flags & open_flag::trunc) && services_.release().flipcall;
    if (!truncates && !writes && inode.read_through) return out = inode.read_through, 0;
    if (!truncates && writes && inode.write_back && (!reads || inode.write_back_reads))
      return out = inode.write_back, 0;
  } else if (!writes && read_only_mount) {  // getCachedHandles()
    if (!inode.readonly) {
      if (const std::int64_t error = open_handle(g, inode, flags, inode.readonly)) return error;
    }
    out = inode.readonly;
    inode.keep(g, client_, out, true, false);
    return 0;
  }
  if (const std::int64_t error = open_handle(g, inode, flags, out)) return error;
  inode.keep(g, client_, out, reads, writes);
  return 0;
}

Ref<File> GoferFs::make_file(Thread* t, const Path& path, std::uint32_t flags, std::int64_t& error) {
  auto& inode = static_cast<GoferInode&>(*path.dentry->inode);
  if (!inode.is_regular() && !inode.is_directory()) return nullptr;
  go::G& g = goroutine(t);
  g.charge(cost.open);
  dirents_.use(*path.dentry);
  if (in_overlay) g.charge(paths_.overlay);
  HandleRef handle;
  if (inode.is_directory()) {
    if (inode.fid != p9::kNoFid) error = open_handle(g, inode, flags, handle);
    settle(t);
    if (error != 0) return nullptr;
    return new GoferDirectory(*this, path, std::move(handle));
  }
  if (inode.created && inode.created_by == t) {
    handle = std::move(inode.created);
    inode.created_by = nullptr;
  } else {
    const bool read_only_mount =
        read_only || (path.mount && (path.mount->flags & kernel::mount_flag::rdonly));
    error = handles_for(g, inode, flags, read_only_mount, handle);
    if (error != 0) return settle(t), nullptr;
  }
  if (!caches() && handle->host_fd < 0) {  // NewFile() panics: the page cache would go stale
    close_handle(g, handle);
    error = -kernel::EIO_;
    return settle(t), nullptr;
  }
  // NewFile() counts files that can be written and executed.
  if (t && (flags & open_flag::accmode)) kernel::inode_permission(*t, inode, kernel::kMayExec);
  ++inode.opens;
  settle(t);
  return new GoferFile(*this, path, std::move(handle));
}

}  // namespace isosim::models
