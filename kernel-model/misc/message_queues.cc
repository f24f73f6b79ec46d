#include "kernel-model/misc/message_queues.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

// freeque(): expunge_all() and ss_wakeup().
void MessageQueueTable::remove(Kernel& k, Thread& t, MessageQueue& queue) {
  queue.removed = true;
  for (MessageQueue::Receiver* receiver : queue.receivers) {
    receiver->result = -EIDRM_;
    k.sched->wake(*receiver->thread, &t);
  }
  queue.receivers.clear();
  queue.senders.wake(k, &t);
  erase(queue);
}

}  // namespace isosim::kernel
