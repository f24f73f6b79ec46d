// A POSIX message queue (struct mqueue_inode_info of ipc/mqueue.c, Linux 4.4): messages by priority, tasks
// that wait for one or for room, and a process that wants to be told of the first.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "kernel-model/fs/inode.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class MqueueInode final : public Inode {
 public:
  struct Message {
    std::uint32_t priority = 0;
    std::uint64_t bytes = 0;
  };

  MqueueInode(SuperBlock& super_block, std::uint64_t inode_number, std::uint32_t inode_mode,
              MqueueAttributes wanted)
      : Inode(super_block, inode_number, inode_mode), attributes(wanted) {}

  const MqueueAttributes attributes;  // without flags, which are a descriptor's
  std::uint64_t accounted = 0;        // bytes that its maker may have in queues (mq_bytes)
  std::uint32_t account = 0;          // whose
  WaitQueue pollers;

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] bool full() const { return count_ >= attributes.max_messages; }

  // Each leaves at `deadline` with -ETIMEDOUT, on a signal with -ERESTARTSYS, at once with -EAGAIN if
  // `nonblock`.
  std::int64_t send(Kernel& k, Thread& t, Message message, bool nonblock, sim::Time deadline);
  std::int64_t receive(Kernel& k, Thread& t, Message& out, bool nonblock, sim::Time deadline);

  // mq_notify: 0, or -EBUSY while another notification is set.
  std::int64_t set_notification(const Thread& t, const SignalEvent& event);
  // By whom it was set alone; so does the close of a descriptor.
  void remove_notification(const Thread& t);

 private:
  struct Waiter {
    Thread* thread;
    Message message;     // that it sends, or got
    bool ready = false;  // STATE_READY: whoever woke it has served it
  };
  using Waiters = std::vector<Waiter*>;  // the one to serve next comes last

  std::int64_t sleep(Kernel& k, Thread& t, Waiters& queue, Waiter& self, sim::Time deadline);
  void insert(const Message& message);
  Message take();
  void notify(Kernel& k, Thread& t);

  std::map<std::uint32_t, std::deque<Message>, std::greater<>> messages_;  // by priority
  std::int64_t count_ = 0;
  Waiters senders_, receivers_;
  std::int32_t notify_owner_ = 0;  // process; 0: none
  SignalEvent notification_;
};

}  // namespace isosim::kernel
