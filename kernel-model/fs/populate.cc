// The initial tree: files that exist before the program runs, made without spending time.
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/procfs.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

// Dentries found on the way are cached only where the file system pins them or the caller wants them warm;
// the walk itself needs them all, so it caches and the cold ones are dropped at the end.
struct Walker {
  Vfs& vfs;
  const FsContext& context;
  int links = 0;

  void cross(Path& at) const {
    while (at.dentry->mounts) {
      Mount* mount = context.mounts->mounted_on(at.mount.get(), at.dentry.get());
      if (!mount) return;
      at = {mount, mount->root};
    }
  }

  void up(Path& at) const {
    while (!(at == context.root)) {
      if (at.dentry != at.mount->root) {
        at.dentry = at.dentry->parent;
        return cross(at);
      }
      if (!at.mount->parent) return;
      at = Path{at.mount->parent, at.mount->mountpoint};
    }
  }

  // Null dentry if absent. `make`: missing directories are created. Leaves the last component to `last` if
  // not null.
  std::int64_t walk(Path& at, std::string_view name, bool follow, bool make, std::string_view* last) {
    if (!name.empty() && name.front() == '/') at = context.root;
    while (true) {
      const auto begin = name.find_first_not_of('/');
      if (begin == std::string_view::npos) return 0;
      name.remove_prefix(begin);
      const std::size_t end = std::min(name.find('/'), name.size());
      const std::string_view component = name.substr(0, end);
      name.remove_prefix(end);
      const bool final = name.find_first_not_of('/') == std::string_view::npos;
      if (!at.inode()->is_directory()) return -ENOTDIR_;
      if (component == ".") continue;
      if (component == "..") {
        up(at);
        continue;
      }
      if (final && last) return *last = component, 0;
      Ref<Dentry> dentry;
      if (const auto error = lookup_dentry(nullptr, *at.dentry, component, dentry)) return error;
      if (dentry->negative() && make) {
        Ref<Inode> inode;
        const NewNode node{.mode = file_mode::directory | 0755};
        if (const auto error = dentry->sb.create(nullptr, *at.dentry, component, node, inode)) return error;
        if (!dentry->inode) dentry->inode = std::move(inode);
      }
      if (dentry->negative()) return -ENOENT_;
      if (dentry->inode->is_symlink() && (follow || !final)) {
        if (++links > 40) return -ELOOP_;
        std::string target;
        if (const auto error = dentry->sb.read_link(nullptr, *dentry, target)) return error;
        Path from = at;
        if (const auto error = walk(from, target, true, make, nullptr)) return error;
        at = from;
      } else {
        at.dentry = dentry;
        cross(at);
      }
    }
  }
};

// What boot() made and the machine of the initial tree does not have.
std::int64_t remove(Dentry& parent, const Ref<Dentry>& dentry) {
  if (dentry->mounts) return -EBUSY_;
  if (dentry->inode->is_directory() && !dentry->sb.directory_empty(nullptr, *dentry)) return -ENOTEMPTY_;
  if (const auto error = dentry->sb.unlink(nullptr, parent, *dentry)) return error;
  dentry->sb.vfs.dcache.drop(*dentry);
  return 0;
}

}  // namespace

Path Vfs::find(const FsContext& context, std::string_view path, bool follow) {
  Path at = path.starts_with('/') ? context.root : context.cwd;
  Walker walker{*this, context};
  if (walker.walk(at, path, follow, false, nullptr)) return {};
  return at;
}

std::int64_t Vfs::populate(FsContext& context, const InitialFile& file) {
  constexpr std::string_view kProc = "/proc/";
  if (file.path.starts_with(kProc) && file.mode != 0 && (file.mode & file_mode::type) == file_mode::regular) {
    const Path proc = find(context, "/proc");
    if (auto* procfs = proc.dentry ? dynamic_cast<Procfs*>(&proc.dentry->sb) : nullptr) {
      procfs->record(std::string_view(file.path).substr(kProc.size()), file);
      return 0;
    }
  }
  Path parent = context.root;
  Walker walker{*this, context};
  std::string_view name;
  const bool absent = file.mode == 0;
  if (const auto error = walker.walk(parent, file.path, true, !absent, &name)) return absent ? 0 : error;
  if (name.empty()) {  // "/"
    Inode& root = *parent.inode();
    root.mode = (root.mode & file_mode::type) | (file.mode & file_mode::permissions);
    return 0;
  }
  Ref<Dentry> dentry;
  if (const auto error = lookup_dentry(nullptr, *parent.dentry, name, dentry)) return error;
  Path place{parent.mount, dentry};
  if (!dentry->negative()) walker.cross(place);
  if (absent) {
    if (!dentry->negative()) return remove(*parent.dentry, dentry);
    if (!file.warm) dcache.drop(*dentry);
    return 0;
  }
  if (place.dentry->negative()) {
    Ref<Inode> inode;
    const NewNode node{file.mode, file.uid, file.gid, file.rdev, file.target};
    if (const auto error = dentry->sb.create(nullptr, *parent.dentry, name, node, inode)) return error;
    if (!dentry->inode) dentry->inode = std::move(inode);
  } else if ((place.inode()->mode & file_mode::type) != (file.mode & file_mode::type)) {
    return -EEXIST_;
  }
  Inode& inode = *place.inode();
  inode.mode = file.mode;
  inode.uid = file.uid;
  inode.gid = file.gid;
  for (const auto& [attribute, size] : file.xattrs) inode.xattrs.insert_or_assign(attribute, size);
  inode.xattr_error = file.xattr_error;
  inode.interpreter = file.interpreter;
  inode.sb.place_name(*parent.inode(), inode, file.warm);
  if (inode.is_regular() || file.refusal != 0) place.dentry->sb.place_contents(inode, file);
  const bool directory = inode.is_directory();
  if (!file.warm && !directory && dentry->sb.on_disk) dcache.drop(*dentry);
  return 0;
}

}  // namespace isosim::kernel
