#include "kernel-model/fs/namei.h"

#include <utility>

#include "kernel-model/fs/fd_table.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr std::size_t kPathMax = 4096, kNameMax = 255;
constexpr int kMaxSymlinks = 40;

// One walk of link_path_walk(). Steps that stay in the dcache are counted and charged together at the end:
// nothing yields in between, as nothing does in an RCU walk.
class PathWalk {
 public:
  explicit PathWalk(Thread& t) : thread_(t), fs_(*t.process->fs), vfs_(*t.kernel.vfs) {}

  void charge() {
    if (components_) thread_.charge(vfs_.paths.lookup, std::exchange(components_, 0));
    if (crossings_) thread_.charge(vfs_.paths.mount_cross, std::exchange(crossings_, 0));
    if (followed_) thread_.charge(vfs_.paths.symlink, std::exchange(followed_, 0));
  }

  Path at;
  bool search_last = true;  // the directory of `last` needs the right to be searched

  std::int64_t start(std::int32_t dfd, std::string_view name) {
    if (name.size() >= kPathMax) return -ENAMETOOLONG_;
    if (!name.empty() && name.front() == '/') {
      at = fs_.root;
    } else if (dfd == kAtFdCwd) {
      at = fs_.cwd;
    } else {
      File* file = thread_.process->files->get(dfd);
      if (!file) return -EBADF_;
      const Path* path = file->path();
      if (!path || !path->inode()) return -ENOTDIR_;
      if (!name.empty() && !path->inode()->is_directory()) return -ENOTDIR_;
      at = *path;
    }
    return 0;
  }

  // Walks all components of `name`; with `last` non-null leaves the last one there, unresolved.
  std::int64_t walk(std::string_view name, bool follow_last, std::string_view* last) {
    while (true) {
      const std::size_t begin = name.find_first_not_of('/');
      if (begin == std::string_view::npos) return last ? (*last = {}, 0) : 0;
      name.remove_prefix(begin);
      const std::size_t end = std::min(name.find('/'), name.size());
      const std::string_view component = name.substr(0, end);
      const std::string_view rest = name.substr(end);
      const bool final = rest.find_first_not_of('/') == std::string_view::npos;
      if (!at.inode()->is_directory()) return -ENOTDIR_;
      const SuperBlock& sb = at.inode()->sb;
      if (sb.remote_attributes) charge();
      const bool free = (sb.free_root_search && at.dentry == fs_.root.dentry) ||
                        (final && last && !search_last && sb.remote_attributes);
      if (!free) {
        if (const auto error = inode_permission(thread_, *at.inode(), kMayExec)) return error;
      }
      if (component.size() > kNameMax) return -ENAMETOOLONG_;
      if (final && last) return *last = component, 0;
      const bool must_be_directory = !rest.empty();
      if (const auto error = step(component, !final || follow_last || must_be_directory)) return error;
      if (must_be_directory && !at.inode()->is_directory()) return -ENOTDIR_;
      name = rest;
    }
  }

 private:
  std::int64_t step(std::string_view component, bool follow) {
    ++components_;
    if (component == ".") return 0;
    if (component == "..") return up(), 0;
    Dentry* dentry = vfs_.dcache.lookup(*at.dentry, component);
    if (!dentry || dentry->sb.revalidates) {  // lookup_one() asks
      --components_;
      Ref<Dentry> found;
      if (const auto error = lookup_one(thread_, at, component, found)) return error;
      dentry = found.get();
      if (dentry->negative()) return -ENOENT_;
      return enter(*found, follow);
    }
    if (dentry->negative()) return -ENOENT_;
    return enter(*dentry, follow);
  }

  std::int64_t enter(Dentry& dentry, bool follow) {
    if (follow && dentry.inode->is_symlink()) return follow_link(dentry);
    at.dentry = &dentry;
    cross();
    return 0;
  }

  void cross() {
    while (at.dentry->mounts) {
      Mount* mount = fs_.mounts->mounted_on(at.mount.get(), at.dentry.get());
      if (!mount) return;
      at = {mount, mount->root};
      ++crossings_;
    }
  }

  void up() {
    while (true) {
      if (at == fs_.root) return;
      if (at.dentry != at.mount->root) {
        at.dentry = at.dentry->parent;
        cross();
        return;
      }
      if (!at.mount->parent) return;
      const Ref<Mount> mount = at.mount;
      at = {mount->parent, mount->mountpoint};
      ++crossings_;
    }
  }

  std::int64_t follow_link(Dentry& link) {
    ++followed_;
    if (++links_ > kMaxSymlinks) return -ELOOP_;
    const Ref<Dentry> hold(&link);
    Path target;
    if (link.sb.jump_link(&thread_, link, target)) {
      if (!target.dentry) return -ENOENT_;
      at = std::move(target);
      return 0;
    }
    std::string text;
    if (const auto error = link.sb.read_link(&thread_, link, text)) return error;
    if (text.empty()) return -ENOENT_;
    if (text.front() == '/') at = fs_.root;
    return walk(text, true, nullptr);
  }

  Thread& thread_;
  FsContext& fs_;
  Vfs& vfs_;
  std::uint64_t components_ = 0, crossings_ = 0, followed_ = 0;  // not charged yet
  int links_ = 0;
};

}  // namespace

std::int64_t path_lookup(Thread& t, std::int32_t dfd, std::string_view name, std::uint32_t flags, Path& out) {
  if (name.empty() && !(flags & lookup_flag::empty)) return -ENOENT_;
  PathWalk walk(t);
  if (const auto error = walk.start(dfd, name)) return error;
  const std::int64_t error = walk.walk(name, (flags & lookup_flag::follow) != 0, nullptr);
  walk.charge();
  if (error) return error;
  if ((flags & lookup_flag::directory) && !walk.at.inode()->is_directory()) return -ENOTDIR_;
  out = std::move(walk.at);
  return 0;
}

std::int64_t path_parent(Thread& t, std::int32_t dfd, std::string_view name, LastComponent& out) {
  if (name.empty()) return -ENOENT_;
  PathWalk walk(t);
  if (out.parent.dentry && name.front() != '/') {
    walk.at = out.parent;
  } else if (const auto error = walk.start(dfd, name)) {
    return error;
  }
  walk.search_last = out.search_checked;
  const std::int64_t error = walk.walk(name, true, &out.name);
  walk.charge();
  if (error) return error;
  out.special = out.name.empty() || out.name == "." || out.name == "..";
  out.trailing_slash = name.back() == '/';
  out.parent = std::move(walk.at);
  return 0;
}

std::int64_t lookup_one(Thread& t, const Path& parent, std::string_view name, Ref<Dentry>& out) {
  return lookup_dentry(&t, *parent.dentry, name, out);
}

std::int64_t lookup_dentry(Thread* t, Dentry& parent, std::string_view name, Ref<Dentry>& out) {
  SuperBlock& sb = parent.sb;
  Vfs& vfs = sb.vfs;
  if (const Ref<Dentry> dentry(vfs.dcache.lookup(parent, name)); dentry) {
    if (t) t->charge(vfs.paths.lookup, 1);
    if (!sb.revalidates || dentry->mounts || sb.revalidate(t, *dentry)) return out = dentry, 0;
    if (dentry->hashed) vfs.dcache.drop(*dentry);
  }
  const Ref<Dentry> hold(&parent);
  Ref<Inode> inode;
  if (t) t->charge(vfs.paths.lookup_slow, 1);
  if (const auto error = sb.lookup(t, parent, name, inode)) return error;
  if (Dentry* other = vfs.dcache.lookup(parent, name)) return out = other, 0;  // somebody was faster
  out = &vfs.dcache.add(parent, name, std::move(inode));
  return 0;
}

}  // namespace isosim::kernel
