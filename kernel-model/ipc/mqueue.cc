#include "kernel-model/ipc/mqueue.h"

#include <algorithm>
#include <utility>

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

// msg_insert(): behind those of its priority.
void MqueueInode::insert(const Message& message) {
  messages_[message.priority].push_back(message);
  ++count_;
}

// msg_get(): the oldest of the highest priority.
MqueueInode::Message MqueueInode::take() {
  const auto first = messages_.begin();
  const Message message = first->second.front();
  first->second.pop_front();
  if (first->second.empty()) messages_.erase(first);
  --count_;
  return message;
}

// wq_add() and wq_sleep(): who is nicer is served later, among equals who came first is first.
std::int64_t MqueueInode::sleep(Kernel& k, Thread& t, Waiters& queue, Waiter& self, sim::Time deadline) {
  const auto place = std::find_if(queue.begin(), queue.end(),
                                  [&](const Waiter* other) { return other->thread->se.nice <= t.se.nice; });
  queue.insert(place, &self);
  for (bool over = false; !self.ready;) {
    if (over || signal_pending(t)) {
      std::erase(queue, &self);
      return over ? -ETIMEDOUT_ : -ERESTARTSYS_;
    }
    t.state = RunState::interruptible;
    over = !k.sched->block_until(t, deadline) && !self.ready && !signal_pending(t);
  }
  return 0;
}

// do_mq_timedsend(). A receiver that waits gets the message past the queue (pipelined_send).
std::int64_t MqueueInode::send(Kernel& k, Thread& t, Message message, bool nonblock, sim::Time deadline) {
  if (full()) {
    if (nonblock) return -EAGAIN_;
    Waiter self{&t, message};
    return sleep(k, t, senders_, self, deadline);
  }
  mtime = ctime = t.now();
  if (receivers_.empty()) {
    insert(message);
    notify(k, t);
    return 0;
  }
  Waiter& receiver = *receivers_.back();
  receivers_.pop_back();
  receiver.message = message;
  receiver.ready = true;
  k.sched->wake(*receiver.thread, &t);
  return 0;
}

// do_mq_timedreceive(). The place that is free now goes to a sender that waits (pipelined_receive).
std::int64_t MqueueInode::receive(Kernel& k, Thread& t, Message& out, bool nonblock, sim::Time deadline) {
  if (count_ == 0) {
    if (nonblock) return -EAGAIN_;
    Waiter self{&t, {}};
    const std::int64_t error = sleep(k, t, receivers_, self, deadline);
    out = self.message;
    return error;
  }
  out = take();
  atime = mtime = ctime = t.now();
  if (senders_.empty()) {
    pollers.wake(k, &t);
    return 0;
  }
  Waiter& sender = *senders_.back();
  senders_.pop_back();
  insert(sender.message);
  sender.ready = true;
  k.sched->wake(*sender.thread, &t);
  return 0;
}

// __do_notify(): of the first message, once. What SIGEV_THREAD puts into a netlink socket comes from the
// record, as all that such sockets tell.
void MqueueInode::notify(Kernel& k, Thread& t) {
  if (notify_owner_ != 0 && count_ == 1) {
    Process* owner = k.find_process(std::exchange(notify_owner_, 0));
    if (owner && notification_.notify == SignalEvent::by_signal && notification_.signal != 0) {
      SignalInfo info{notification_.signal, SignalInfo::message_queue, 0, t.process->credentials.uid};
      info.pid = owner->namespaces->pid->number(t.process->pid);
      info.value = notification_.value;
      send_signal(k, &t, *owner, info);
    }
  }
  pollers.wake(k, &t);
}

std::int64_t MqueueInode::set_notification(const Thread& t, const SignalEvent& event) {
  if (notify_owner_ != 0) return -EBUSY_;
  notify_owner_ = t.process->pid;
  notification_ = event;
  atime = ctime = t.now();
  return 0;
}

void MqueueInode::remove_notification(const Thread& t) {
  if (notify_owner_ == t.process->pid) notify_owner_ = 0;
}

}  // namespace isosim::kernel
