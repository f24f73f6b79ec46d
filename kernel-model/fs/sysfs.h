// sysfs: the part that C libraries, runtimes and container engines read.
#pragma once

#include "kernel-model/fs/pseudo_fs.h"

namespace isosim::kernel {

class Sysfs final : public PseudoFs {
 public:
  explicit Sysfs(Vfs& vfs);
  [[nodiscard]] bool has_poll(const Dentry&) const override { return true; }  // kernfs_fop_poll()
};

}  // namespace isosim::kernel
