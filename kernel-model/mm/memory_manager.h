// Physical memory, and the faults that user code takes.
#pragma once

#include <cstdint>

#include "kernel-model/abi/payload.h"

namespace isosim::kernel {

class Kernel;

class MemoryManager {
 public:
  explicit MemoryManager(Kernel& kernel);

  // Kernel::touch(): faults in what is not mapped. Returns 0 or -EFAULT.
  std::int64_t touch(Thread& thread, Address address, std::uint64_t length, bool write);

 private:
  Kernel& kernel_;
};

}  // namespace isosim::kernel
