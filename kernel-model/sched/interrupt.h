// Interrupt context: handlers that run on a CPU in nobody's name.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/engine.h"

namespace isosim::kernel {

class Kernel;

// What a handler works with. It may charge, wake threads (Scheduler::wake with a null waker) and raise other
// interrupts; it may not block.
struct Irq {
  Kernel& kernel;
  int cpu;
  sim::Task& task;
  void charge(sim::PathId path, std::uint64_t units = 0) { task.charge(path, units); }
  [[nodiscard]] sim::Time now() const { return task.now(); }
};

using IrqHandler = std::function<void(Irq&)>;

}  // namespace isosim::kernel
