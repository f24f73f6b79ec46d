// System V message queues (ipc/msg.c, Linux 4.4): messages with a type, receivers that choose by it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "kernel-model/sched/wait_queue.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;
class Thread;

struct MessageQueue {  // struct msg_queue
  struct Message {
    std::int64_t type = 0;
    std::uint64_t bytes = 0;
  };
  struct Receiver {
    Thread* thread;
    std::int64_t type;
    std::uint64_t flags, most;  // bytes that it takes
    std::int64_t result = 1;    // 1: still waiting; else what its call returns
    Message message;
  };

  std::int32_t id = 0, key = 0;
  std::uint32_t mode = 0, uid = 0, gid = 0, creator_uid = 0, creator_gid = 0;
  std::uint64_t limit = 16384;  // msg_qbytes: MSGMNB
  std::uint64_t bytes = 0;      // in `messages`
  std::uint64_t object = 0;     // names the messages for Cpu::copy
  bool removed = false;
  std::deque<Message> messages;
  std::vector<Receiver*> receivers;  // in the order they came
  WaitQueue senders;
};

// One an IPC name space. Queues are shared with who sleeps in them.
class MessageQueueTable {
 public:
  std::shared_ptr<MessageQueue> create(std::int32_t key);
  [[nodiscard]] std::shared_ptr<MessageQueue> by_id(std::int32_t id) const;    // null if there is none
  [[nodiscard]] std::shared_ptr<MessageQueue> by_key(std::int32_t key) const;  // null if there is none
  [[nodiscard]] std::shared_ptr<MessageQueue> by_slot(std::int32_t slot) const;
  [[nodiscard]] std::size_t size() const { return queues_.size(); }
  [[nodiscard]] std::int32_t highest_slot() const { return queues_.empty() ? 0 : queues_.rbegin()->first; }
  // IPC_RMID: whoever waits gets EIDRM.
  void remove(Kernel& k, Thread& t, MessageQueue& queue);

 private:
  std::map<std::int32_t, std::shared_ptr<MessageQueue>> queues_;  // by slot
  std::int32_t sequence_ = 0;
};

}  // namespace isosim::kernel
