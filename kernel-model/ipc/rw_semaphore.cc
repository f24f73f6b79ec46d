#include "kernel-model/ipc/rw_semaphore.h"

#include <vector>

#include "kernel-model/kernel.h"
#include "kernel-model/sched/scheduler.h"

namespace isosim::kernel {

void RwSemaphore::wait(Kernel& k, Thread& t, bool writes) {
  Waiter self{&t, writes};
  waiting_.push_back(&self);
  while (!self.granted) {
    t.state = RunState::uninterruptible;
    k.sched->block(t);
  }
}

// __rwsem_do_wake(): the first in the queue if it writes, else all readers before the next writer. They have
// it before they run; waking takes time, in which others come.
void RwSemaphore::hand_over(Kernel& k, Thread& t) {
  std::vector<Thread*> woken;
  while (!waiting_.empty() && !writer_) {
    Waiter& next = *waiting_.front();
    if (next.writes && readers_ != 0) break;
    if (next.writes)
      writer_ = true;
    else
      ++readers_;
    next.granted = true;
    woken.push_back(next.thread);
    waiting_.pop_front();
  }
  for (Thread* thread : woken) k.sched->wake(*thread, &t);
}

}  // namespace isosim::kernel
