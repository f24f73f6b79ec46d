// Pipes, sockets and event files of a kernel.
#pragma once

namespace isosim::kernel {

class Kernel;

class IpcState {
 public:
  explicit IpcState(Kernel& kernel) : kernel_(kernel) {}
  [[nodiscard]] Kernel& kernel() const { return kernel_; }

 private:
  Kernel& kernel_;
};

}  // namespace isosim::kernel
