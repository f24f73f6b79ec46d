// sysfs: the part that C libraries, runtimes and container engines read.
#pragma once

#include "kernel-model/fs/pseudo_fs.h"

namespace isosim::kernel {

class Sysfs final : public PseudoFs {
 public:
  explicit Sysfs(Vfs& vfs);
};

}  // namespace isosim::kernel
