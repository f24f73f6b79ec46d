// A container from its creation to its end as a client of Docker sees it, whatever runtime does the steps.
#pragma once

#include <functional>
#include <string>

#include "kernel-model/kernel.h"
#include "models/container/runtime_calls.h"

namespace isosim::models {

class ContainerLife {
 public:
  virtual ~ContainerLife() = default;

  // Each returns at once and calls `done` when its step is, from a task of the runtime. In this order, each
  // once. The delete waits for the program to end.
  using Done = std::function<void()>;
  virtual void begin_create(Done done) = 0;
  virtual void begin_start(std::string name, std::function<void(kernel::Thread&)> body, Done done) = 0;
  virtual void begin_delete(Done done) = 0;

  // Prestart hooks of the container's configuration: what the runtime runs, once the name spaces are there
  // and before the program. `pid` is a process in them.
  virtual void before_start(std::function<void(RuntimeCalls& runtime, std::int32_t pid)> hooks) = 0;

  // Which kernel the program calls.
  virtual kernel::SyscallTarget& target() = 0;
};

}  // namespace isosim::models
