// A transfer that may end after the call that began it (an asynchronous struct kiocb).
#pragma once

#include "kernel-model/fs/file.h"
#include "kernel-model/sched/interrupt.h"

namespace isosim::kernel {

inline constexpr std::int64_t EIOCBQUEUED_ = 529;  // never seen by programs

struct AsyncTransfer : Counted<AsyncTransfer> {
  virtual ~AsyncTransfer() = default;
  // ki_complete(): in the interrupt of its last request; `result` as the call would have returned it.
  virtual void complete(Irq& irq, std::int64_t result) = 0;
};

}  // namespace isosim::kernel
