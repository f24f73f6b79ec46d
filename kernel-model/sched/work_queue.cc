#include "kernel-model/sched/work_queue.h"

#include <utility>

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

void WorkQueue::queue(Thread& by, Work work) {
  works_.push_back(std::move(work));
  if (std::exchange(started_, true)) return idle_.wake(k_, &by);
  k_.procs->kthread("kworker/" + name_, [this](Thread& worker) { run(worker); });
}

void WorkQueue::run(Thread& worker) {
  for (;;) {
    idle_.wait_event(
        k_, worker, [this] { return !works_.empty(); }, RunState::interruptible);
    const Work work = std::move(works_.front());
    works_.pop_front();
    busy_ = true;
    work(worker);
    busy_ = false;
  }
}

}  // namespace isosim::kernel
