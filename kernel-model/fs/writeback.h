// Dirty pages of disk file systems: how many, whose, when they must go out (mm/page-writeback.c,
// fs/fs-writeback.c).
#pragma once

#include <cstdint>

namespace isosim::kernel {

class Kernel;

class Writeback {
 public:
  explicit Writeback(Kernel& kernel) : kernel_(kernel) {}

 private:
  [[maybe_unused]] Kernel& kernel_;
};

}  // namespace isosim::kernel
