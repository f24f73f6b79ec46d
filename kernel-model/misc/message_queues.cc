#include "kernel-model/misc/message_queues.h"

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/kernel.h"
#include "kernel-model/misc/ipc_object.h"

namespace isosim::kernel {

std::shared_ptr<MessageQueue> MessageQueueTable::create(std::int32_t key) {
  std::int32_t slot = 0;
  for (const auto& [used, queue] : queues_) {
    if (used != slot) break;
    ++slot;
  }
  auto queue = std::make_shared<MessageQueue>();
  queue->id = sequence_ * kIpcSequenceStep + slot;
  queue->key = key;
  sequence_ = (sequence_ + 1) % 65536;
  queues_[slot] = queue;
  return queue;
}

std::shared_ptr<MessageQueue> MessageQueueTable::by_slot(std::int32_t slot) const {
  const auto found = queues_.find(slot);
  return found != queues_.end() ? found->second : nullptr;
}

std::shared_ptr<MessageQueue> MessageQueueTable::by_id(std::int32_t id) const {
  auto found = id < 0 ? nullptr : by_slot(id % kIpcSequenceStep);
  return found && found->id == id ? found : nullptr;
}

std::shared_ptr<MessageQueue> MessageQueueTable::by_key(std::int32_t key) const {
  for (const auto& [slot, queue] : queues_)
    if (queue->key == key && key != 0) return queue;
  return nullptr;
}

// freeque(): expunge_all() and ss_wakeup().
void MessageQueueTable::remove(Kernel& k, Thread& t, MessageQueue& queue) {
  const std::shared_ptr<MessageQueue> gone = queues_.at(queue.id % kIpcSequenceStep);
  queues_.erase(queue.id % kIpcSequenceStep);
  gone->removed = true;
  for (MessageQueue::Receiver* receiver : gone->receivers) {
    receiver->result = -EIDRM_;
    k.sched->wake(*receiver->thread, &t);
  }
  gone->receivers.clear();
  gone->senders.wake(k, &t);
}

}  // namespace isosim::kernel
