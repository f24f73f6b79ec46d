// Names: lookup, revalidation, and what changes a directory (pkg/sentry/fs/gofer/path.go, cache_policy.go).
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "models/sentry/fs/gofer_fs.h"

namespace isosim::models {

using kernel::Dentry;
using kernel::Inode;
using kernel::NewNode;
using kernel::Ref;
using kernel::Thread;
namespace file_mode = kernel::file_mode;

namespace {

constexpr std::int64_t kReadOnlyDirectory = -kernel::EPERM_;  // a mount point that the image does not have

}  // namespace

std::int64_t GoferFs::walk_to(go::G& g, GoferInode& dir, std::string_view name, Ref<GoferInode>& out) {
  g.charge(cost.lookup);
  if (dir.fid == p9::kNoFid) return -kernel::ENOENT_;
  if (caches() && dir.listed && !dir.entries->find(name)) return -kernel::ENOENT_;
  gofer::Walked walked = client_.walk_get_attr(g, dir.fid, {std::string(name)});
  if (walked.error != 0) return walked.error;
  if (const auto socket = sockets_.find(walked.qids.front().path); socket != sockets_.end()) {
    client_.clunk(g, walked.fid);
    out = socket->second;
    return 0;
  }
  out = inode_of(walked.fid, walked.qids.front(), walked.valid, walked.attr);
  return 0;
}

std::int64_t GoferFs::lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  go::G& g = goroutine(t);
  GoferInode& parent = gofer_inode(dir);
  Ref<GoferInode> found;
  const std::int64_t error = walk_to(g, parent, name, found);
  if (error != 0 && error != -kernel::ENOENT_) return error;
  if (in_overlay) {
    // overlayHasWhiteout(): messages only where the protocol has attributes.
    if (parent.fid != p9::kNoFid)
      client_.get_xattr(g, parent.fid, "trusted.overlay.whiteout." + std::string(name), 1);
    g.charge(paths_.overlay);
    if (!found) {
      found = submount(parent, name);
    } else if (parent.submounts) {
      const auto below = parent.submounts->children.find(name);
      if (below != parent.submounts->children.end()) found->submounts = &below->second;
    }
  }
  if (!found && caches()) parent.missing.emplace(name);
  out = found;
  settle(t);
  return 0;
}

// cachePolicy.revalidate(): walks from the parent again. Another file, or none: the name is looked up anew.
bool GoferFs::revalidate(Thread* t, Dentry& dentry) {
  if (dentry.negative()) return false;
  const bool same = same_file(t, gofer_inode(*dentry.parent), dentry.name, gofer_inode(dentry));
  if (!same) dirents_.remove(dentry);
  return same;
}

bool GoferFs::same_file(Thread* t, GoferInode& dir, const std::string& name, const GoferInode& inode) {
  go::G& g = goroutine(t);
  g.charge(paths_.revalidate);
  const gofer::Walked walked = client_.walk_get_attr(g, dir.fid, {name});
  if (walked.error == 0) lose(g, walked.fid);
  settle(t);
  return walked.error == 0 && walked.qids.front().path == inode.path;
}

std::int64_t GoferFs::walk_again(go::G& g, GoferInode& dir, std::string_view name) {
  if (caches()) return -kernel::ENOENT_;
  const gofer::Walked walked = client_.walk_get_attr(g, dir.fid, {std::string(name)});
  if (walked.error == 0) lose(g, walked.fid);
  return walked.error;
}

std::int64_t GoferFs::create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                             Ref<Inode>& out) {
  go::G& g = goroutine(t);
  GoferInode& parent = gofer_inode(dir);
  if (parent.fid == p9::kNoFid) return kReadOnlyDirectory;
  std::int64_t error = 0;
  switch (node.mode & file_mode::type) {
    case file_mode::regular:
    case file_mode::socket:
      error = create_file(t, g, parent, name, node, out);
      break;
    case file_mode::directory:
      g.charge(cost.mkdir);
      if (error = walk_again(g, parent, name); error != -kernel::ENOENT_)
        return settle(t), error == 0 ? -kernel::EEXIST_ : error;
      error =
          client_.mkdir(g, parent.fid, name, node.mode & file_mode::permissions, node.uid, node.gid).error;
      if (error == 0) {
        if (caches()) ++parent.links;
        changed(g, parent);
      }
      break;
    case file_mode::symlink:
      g.charge(cost.symlink);
      error = client_.symlink(g, parent.fid, node.target, name, node.uid, node.gid).error;
      if (error == 0) changed(g, parent);
      break;
    case file_mode::fifo:
      error = -kernel::EOPNOTSUPP_;
      break;
    default:
      error = -kernel::EPERM_;  // devices: mknodAt() makes none
  }
  settle(t);
  return error;
}

// inodeOperations.Create(): the clone of the directory's fid becomes the file. A socket is a file here that
// the Sentry knows for one (Bind).
std::int64_t GoferFs::create_file(Thread* t, go::G& g, GoferInode& dir, std::string_view name,
                                  const NewNode& node, Ref<Inode>& out) {
  const bool socket = (node.mode & file_mode::type) == file_mode::socket;
  const bool opens = (node.open_flags & kernel::open_flag::creat) != 0;
  const std::uint32_t access =
      opens ? node.open_flags & kernel::open_flag::accmode : kernel::open_flag::rdwr;  // mknod
  g.charge(cost.create);
  if (!socket) {
    const std::int64_t there = walk_again(g, dir, name);
    if (there != -kernel::ENOENT_) return there == 0 ? -kernel::EEXIST_ : there;
  }
  const gofer::Walked clone = client_.walk(g, dir.fid);
  if (clone.error != 0) return clone.error;
  const gofer::Opened made = client_.create(g, clone.fid, name, static_cast<p9::OpenFlags>(access),
                                            node.mode & file_mode::permissions, node.uid, node.gid);
  if (made.error != 0) return leaked_.push_back(clone.fid), made.error;
  HandleRef handle(new GoferHandle(clone.fid, made.fd));
  changed(g, dir);
  gofer::Walked unopened;
  p9::Qid qid;
  if (services_.release().create_walks_with_attributes) {
    unopened = client_.walk_get_attr(g, dir.fid, {std::string(name)});
    if (unopened.error == 0) qid = unopened.qids.front();
  } else {
    const gofer::Attributes attributes = client_.get_attr(g, clone.fid);
    if (attributes.error == 0) unopened = client_.walk(g, dir.fid, {std::string(name)});
    if (attributes.error != 0) unopened.error = attributes.error;
    unopened.valid = attributes.valid;
    unopened.attr = attributes.attr;
    qid = attributes.qid;
  }
  if (unopened.error != 0) return close_handle(g, handle), unopened.error;
  if (socket) {
    unopened.attr.mode = (unopened.attr.mode & file_mode::permissions) | file_mode::socket;
    const Ref<GoferInode> bound = inode_of(unopened.fid, qid, unopened.valid, unopened.attr);
    sockets_[qid.path] = bound;
    out = bound;
    close_handle(g, handle);
    return 0;
  }
  const Ref<GoferInode> inode = inode_of(unopened.fid, qid, unopened.valid, unopened.attr);
  const bool reads = access != kernel::open_flag::wronly, writes = access != 0;
  inode->keep(g, client_, handle, reads, writes);
  if (opens) {
    inode->created = std::move(handle);
    inode->created_by = t;
  } else {
    close_handle(g, handle);
  }
  out = inode;
  return 0;
}

std::int64_t GoferFs::link(Thread* t, Dentry& old, Dentry& dir, std::string_view name, Ref<Inode>& /*out*/) {
  go::G& g = goroutine(t);
  GoferInode& target = gofer_inode(old);
  GoferInode& parent = gofer_inode(dir);
  if (parent.fid == p9::kNoFid) return kReadOnlyDirectory;
  g.charge(cost.link);
  if (!caches()) {  // mayLinkAt(): whose it is
    if (const std::int64_t error = refresh(t, target)) return error;
  }
  const std::int64_t error = client_.link(g, parent.fid, target.fid, name);
  if (error == 0) {
    ++target.links;
    if (caches()) touch_modification(g, target);
    changed(g, parent);
  }
  settle(t);
  return error;
}

// Remove() looks the name up again to find out whether it is a socket.
std::int64_t GoferFs::unlink(Thread* t, Dentry& dir, Dentry& victim) {
  go::G& g = goroutine(t);
  GoferInode& parent = gofer_inode(dir);
  GoferInode& inode = gofer_inode(victim);
  constexpr std::uint32_t kRemoveDirectory = 0x200;
  if (parent.fid == p9::kNoFid || inode.fid == p9::kNoFid) return -kernel::EBUSY_;
  const bool directory = inode.is_directory();
  g.charge(directory ? cost.rmdir : cost.unlink);
  walk_again(g, parent, victim.name);
  if (!directory) {
    Ref<GoferInode> other;
    walk_to(g, parent, victim.name, other);
  }
  const std::int64_t error = client_.unlink_at(g, parent.fid, victim.name, directory ? kRemoveDirectory : 0);
  if (error == 0) {
    sockets_.erase(inode.path);
    changed(g, parent);
    if (directory) {
      inode.links = 0;
      if (caches() && parent.links > 0) --parent.links;
    } else if (inode.links > 0) {
      --inode.links;
    }
    dirents_.remove(victim);
    vfs.dcache.drop(victim);  // nobody remembers that there is no such name
  }
  settle(t);
  return error;
}

std::int64_t GoferFs::rename(Thread* t, Dentry& old_dir, Dentry& old, Dentry& new_dir, Dentry& replaced,
                             bool exchange) {
  if (exchange) return -kernel::EINVAL_;
  go::G& g = goroutine(t);
  GoferInode& from = gofer_inode(old_dir);
  GoferInode& to = gofer_inode(new_dir);
  GoferInode& moved = gofer_inode(old);
  if (from.fid == p9::kNoFid || to.fid == p9::kNoFid || moved.fid == p9::kNoFid) return -kernel::EBUSY_;
  g.charge(cost.rename);
  if (!caches()) {  // checkSticky() for what moves and for what it replaces
    for (GoferInode* dir : {&from, replaced.inode ? &to : nullptr}) {
      if (!dir) continue;
      if (const std::int64_t error = refresh(t, *dir)) return error;
    }
  }
  if (in_overlay) {  // overlayRename() wants to know whether it replaces a directory that is not empty
    g.charge(paths_.overlay);
    Ref<GoferInode> other;
    walk_to(g, to, replaced.name, other);
    if (other && other->is_directory()) {
      HandleRef handle;
      if (const std::int64_t error = open_handle(g, *other, 0, handle)) return error;
      const std::int64_t error = list(g, *other, handle->fid);
      close_handle(g, handle);
      if (error != 0) return error;
      if (!other->entries->empty()) return settle(t), -kernel::ENOTEMPTY_;
    }
  }
  const std::int64_t error = client_.rename(g, moved.fid, to.fid, replaced.name);
  if (error == 0) {
    if (moved.is_directory() && caches() && &from != &to) {
      if (from.links > 0) --from.links;
      ++to.links;
      touch_modification(g, from);
      touch_modification(g, to);
    }
    from.listed = to.listed = false;
    dirents_.remove(old);
    dirents_.remove(replaced);
    if (Inode* gone = replaced.inode.get())
      gone->links = gone->is_directory() || gone->links == 0 ? 0 : gone->links - 1;
  }
  settle(t);
  return error;
}

}  // namespace isosim::models
