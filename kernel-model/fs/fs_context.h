// What path lookup starts from (fs_struct), and the mount name space of a process.
#pragma once

#include <cstdint>

#include "kernel-model/fs/mount.h"

namespace isosim::kernel {

// fork copies it (make_shared<FsContext>(*parent)), CLONE_FS shares it.
struct FsContext {
  Path root;
  Path cwd;
  std::uint32_t umask = 022;
  Ref<MountNamespace> mounts;

  // unshare(CLONE_NEWNS): a name space of its own, root and cwd in it.
  void unshare_mounts() { mounts = mounts->clone({&root, &cwd}); }
};

}  // namespace isosim::kernel
