// Whether a scope is left because the run ends with its thread blocked.
#pragma once

#include <exception>

namespace isosim::kernel {

// Its task is torn down then: nothing may take time, and the kernel may be gone.
class TearDown {
 public:
  [[nodiscard]] bool now() const { return std::uncaught_exceptions() > depth_; }

 private:
  int depth_ = std::uncaught_exceptions();
};

}  // namespace isosim::kernel
