// Futex queues by address.
#pragma once

namespace isosim::kernel {

class Kernel;

class FutexTable {
 public:
  explicit FutexTable(Kernel& kernel) : kernel_(kernel) {}
  [[nodiscard]] Kernel& kernel() const { return kernel_; }

 private:
  Kernel& kernel_;
};

}  // namespace isosim::kernel
