#include "kernel-model/fs/namei.h"

namespace isosim::kernel {

std::string path_name(const FsContext& from, const Path& path) {
  std::string name;
  const Mount* mount = path.mount.get();
  const Dentry* dentry = path.dentry.get();
  const bool deleted = dentry->parent && !dentry->hashed;
  while (!(mount == from.root.mount && dentry == from.root.dentry)) {
    if (mount && dentry == mount->root) {
      if (!mount->parent) break;
      dentry = mount->mountpoint.get();
      mount = mount->parent.get();
      continue;
    }
    if (!dentry->parent) break;
    name.insert(0, "/" + dentry->name);
    dentry = dentry->parent.get();
  }
  if (name.empty()) name = "/";
  if (deleted) name += " (deleted)";
  return name;
}

}  // namespace isosim::kernel
