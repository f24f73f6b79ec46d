// System V message queues (ipc/msg.c, Linux 4.4): messages with a type, receivers that choose by it.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "kernel-model/misc/ipc_object.h"
#include "kernel-model/sched/wait_queue.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;
class Thread;

struct MessageQueue : IpcObject {  // struct msg_queue
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

  std::uint64_t limit = 16384;  // msg_qbytes: MSGMNB
  std::uint64_t bytes = 0;      // in `messages`
  std::uint64_t object = 0;     // names the messages for Cpu::copy
  bool removed = false;
  std::deque<Message> messages;
  std::vector<Receiver*> receivers;  // in the order they came
  WaitQueue senders;
};

// One an IPC name space.
class MessageQueueTable : public IpcTable<MessageQueue> {
 public:
  // IPC_RMID: whoever waits gets EIDRM.
  void remove(Kernel& k, Thread& t, MessageQueue& queue);
};

}  // namespace isosim::kernel
