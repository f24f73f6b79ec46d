// What a parent waits for after vfork: the child no longer uses its memory.
#pragma once

#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

struct VforkDone {
  bool done = false;
  WaitQueue waiters;
};

}  // namespace isosim::kernel
