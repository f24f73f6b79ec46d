// msgget, msgsnd, msgrcv, msgctl.
#include <algorithm>

#include "kernel-model/fs/user_copy.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kMostQueues = 32000, kMostBytes = 8192, kMostQueued = 16384;  // MSGMNI, MAX, MNB
constexpr std::uint64_t kMsgNoWait = 04000, kMsgNoError = 010000, kMsgExcept = 020000, kMsgCopy = 040000;

MessageQueueTable& queues_of(const Thread& t) { return t.process->namespaces->ipc->messages; }

std::int64_t new_queue(Kernel& k, Thread& t, std::int32_t key, std::uint64_t flags) {
  if (queues_of(t).size() >= kMostQueues) return -ENOSPC_;
  const auto queue = queues_of(t).add(*t.process, key, flags);
  queue->object = IpcState::object(k.ipc->next_inode());
  return queue->id;
}

std::int64_t sys_msgget(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.msgget);
  const auto key = static_cast<std::int32_t>(s.u64(0));
  const std::uint64_t flags = s.u64(1);
  return ipc_get(
      *t.process, queues_of(t), key, flags, [](const MessageQueue&) { return true; },
      [&] { return new_queue(k, t, key, flags); });
}

// convert_mode() and testmsg().
bool matches_type(const MessageQueue::Message& message, std::int64_t type, std::uint64_t flags) {
  if (type == 0) return true;
  if (type < 0) return message.type <= -type;
  return (message.type == type) != ((flags & kMsgExcept) != 0);
}

// The first that matches; of a negative type, the first of the lowest type.
std::deque<MessageQueue::Message>::iterator find_message(MessageQueue& queue, std::int64_t type,
                                                         std::uint64_t flags) {
  if (flags & kMsgCopy)  // `type` is a place in the queue
    return type >= 0 && type < static_cast<std::int64_t>(queue.messages.size())
               ? queue.messages.begin() + type
               : queue.messages.end();
  auto best = queue.messages.end();
  for (auto at = queue.messages.begin(); at != queue.messages.end(); ++at) {
    if (!matches_type(*at, type, flags)) continue;
    if (type >= 0) return at;
    if (best == queue.messages.end() || at->type < best->type) best = at;
  }
  return best;
}

// To a receiver that waits for such a message, past the queue.
bool pipelined_send(Kernel& k, Thread& t, MessageQueue& queue, const MessageQueue::Message& message) {
  for (auto at = queue.receivers.begin(); at != queue.receivers.end();) {
    MessageQueue::Receiver& receiver = **at;
    if (!matches_type(message, receiver.type, receiver.flags)) {
      ++at;
      continue;
    }
    at = queue.receivers.erase(at);
    const bool fits = message.bytes <= receiver.most;
    receiver.result = fits ? static_cast<std::int64_t>(message.bytes) : -E2BIG_;
    receiver.message = message;
    k.sched->wake(*receiver.thread, &t);
    if (fits) return true;
  }
  return false;
}

std::int64_t sys_msgsnd(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.msgsnd);
  const auto* given = s.get<SysvMessage>(1);
  if (!given) return -EFAULT_;
  const std::uint64_t bytes = s.u64(2);
  if (bytes > kMostBytes || static_cast<std::int32_t>(s.u64(0)) < 0) return -EINVAL_;
  if (given->type < 1) return -EINVAL_;
  const auto queue = queues_of(t).by_id(static_cast<std::int32_t>(s.u64(0)));
  if (!queue) return -EINVAL_;
  k.cpu.copy(*t.task, queue->object, queue->bytes, bytes, cpu::Copy::to_kernel);  // load_msg()
  while (true) {
    if (queue->removed) return -EIDRM_;
    if (!ipc_allowed(*t.process, *queue, 2)) return -EACCES_;
    if (bytes + queue->bytes <= queue->limit && queue->messages.size() + 1 <= queue->limit) break;
    if (s.u64(3) & kMsgNoWait) return -EAGAIN_;
    if (signal_pending(t)) return -ERESTARTNOHAND_;
    queue->senders.sleep(k, t, RunState::interruptible, WaitQueue::any, false);
  }
  const MessageQueue::Message message{given->type, bytes};
  if (pipelined_send(k, t, *queue, message)) return 0;
  queue->messages.push_back(message);
  queue->bytes += bytes;
  return 0;
}

// A receiver that sleeps, until it has a message or the reason why not.
std::int64_t receive_later(Kernel& k, Thread& t, const std::shared_ptr<MessageQueue>& queue,
                           MessageQueue::Receiver& self) {
  queue->receivers.push_back(&self);
  while (self.result == 1 && !signal_pending(t)) {
    t.state = RunState::interruptible;
    k.sched->block_until(t, sim::Time::max());
  }
  if (self.result != 1) return self.result;
  std::erase(queue->receivers, &self);
  return -ERESTARTNOHAND_;
}

std::int64_t sys_msgrcv(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.msgrcv);
  const auto most = s.s64(2);
  const std::uint64_t flags = s.u64(4);
  if (most < 0 || static_cast<std::int32_t>(s.u64(0)) < 0) return -EINVAL_;
  if ((flags & kMsgCopy) != 0 && ((flags & kMsgExcept) != 0 || (flags & kMsgNoWait) == 0)) return -EINVAL_;
  const auto queue = queues_of(t).by_id(static_cast<std::int32_t>(s.u64(0)));
  if (!queue) return -EINVAL_;
  if (!ipc_allowed(*t.process, *queue, 4)) return -EACCES_;
  const auto room = static_cast<std::uint64_t>(most);
  MessageQueue::Message message;
  const auto found = find_message(*queue, s.s64(3), flags);
  if (found != queue->messages.end()) {
    message = *found;
    if (message.bytes > room && (flags & kMsgNoError) == 0) return -E2BIG_;
    if ((flags & kMsgCopy) == 0) {
      queue->messages.erase(found);
      queue->bytes -= message.bytes;
      queue->senders.wake(k, &t);
    }
  } else {
    if (flags & kMsgNoWait) return -ENOMSG_;
    MessageQueue::Receiver self{&t, s.s64(3), flags, (flags & kMsgNoError) ? ~0ull : room, 1, {}};
    if (const std::int64_t result = receive_later(k, t, queue, self); result < 0) return result;
    message = self.message;
  }
  const std::uint64_t bytes = std::min(room, message.bytes);
  if (put_user(k, t, s.u64(1), bytes + 8) < 0) return -EFAULT_;
  k.cpu.copy(*t.task, queue->object, queue->bytes, bytes);
  s.out.value = static_cast<std::uint64_t>(message.type);
  return static_cast<std::int64_t>(bytes);
}

std::int64_t sys_msgctl(Kernel& k, Thread& t, Sys& s) {
  enum : std::uint64_t { remove = 0, set = 1, status = 2, info = 3, status_of_slot = 11, msg_info = 12 };
  t.charge(k.misc->paths.msgctl);
  const auto id = static_cast<std::int32_t>(s.u64(0));
  const std::uint64_t command = s.u64(1);
  MessageQueueTable& table = queues_of(t);
  if (id < 0) return -EINVAL_;
  if (command == info || command == msg_info) return table.highest_slot();
  if (command == status || command == status_of_slot) {
    const auto queue = command == status ? table.by_id(id) : table.by_slot(id % kIpcSequenceStep);
    if (!queue) return -EINVAL_;
    if (!ipc_allowed(*t.process, *queue, 4)) return -EACCES_;
    s.out.value = queue->messages.size();
    return command == status ? 0 : queue->id;
  }
  if (command != remove && command != set) return -EINVAL_;
  if (command == set && s.u64(2) == 0) return -EFAULT_;
  const auto queue = table.by_id(id);
  if (!queue) return -EINVAL_;
  if (!ipc_owned(*t.process, *queue)) return -EPERM_;
  if (command == remove) return table.remove(k, t, *queue), 0;
  if (const auto* wanted = s.get<OptionValue>(2)) {  // msg_qbytes; owner and mode are not carried
    if (wanted->value > kMostQueued && !capable(*t.process, Cap::sys_resource)) return -EPERM_;
    queue->limit = wanted->value;
    queue->senders.wake(k, &t);
  }
  return 0;
}

}  // namespace

void register_message_queue_calls(SyscallTable& table) {
  table.set(nr::msgget, sys_msgget);
  table.set(nr::msgsnd, sys_msgsnd);
  table.set(nr::msgrcv, sys_msgrcv);
  table.set(nr::msgctl, sys_msgctl);
}

}  // namespace isosim::kernel
