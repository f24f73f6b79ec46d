// Room in the queue of a receiver of messages (unix_recvq_full, unix_wait_for_peer, unix_dgram_peer_wake_me;
// net/unix/af_unix.c, Linux 4.4).
#include <algorithm>

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/net/socket_wait.h"
#include "kernel-model/net/unix_socket.h"

namespace isosim::kernel {

namespace {
constexpr std::size_t kLongestQueue = 10;  // net.unix.max_dgram_qlen; full is what is longer
}  // namespace

bool UnixSocket::full_for(const UnixSocket& sender) const {
  return !is_stream() && peer != &sender && queue_.size() > kLongestQueue;
}

bool UnixSocket::can_send() const {
  const auto* receiver = static_cast<const UnixSocket*>(peer);
  return Socket::can_send() && !(receiver && receiver->full_for(*this));
}

std::uint32_t UnixSocket::poll(Thread& t) {
  const std::uint32_t mask = Socket::poll(t);
  if (auto* receiver = static_cast<UnixSocket*>(peer); receiver && receiver->full_for(*this))
    watch_room(*receiver);
  return mask;
}

// 0: `receiver` is there and takes a message. The sender does not keep it alive while it sleeps.
std::int64_t UnixSocket::wait_for_room(Kernel& k, Thread& t, const SocketIo& io, UnixSocket& receiver) {
  const Ref<Room> room = receiver.room_;
  const auto ready = [&] { return room->gone || receiver.receive_closed || !receiver.full_for(*this); };
  if (!ready()) {
    if (nonblocking(io)) {
      if (peer == &receiver) watch_room(receiver);
      return -EAGAIN_;
    }
    t.charge(k.ipc->paths.wait_sleep);
    const std::int64_t result =
        wait_interruptible(k, t, room->wait, poll_bit::writable, true, ready, deadline(t, send_timeout_));
    if (result < 0) return result;
  }
  if (!room->gone && !receiver.receive_closed) return 0;
  peer_died_ = false;  // told now
  return type == sock_type::seqpacket ? broken_pipe(k, t, io) : -ECONNREFUSED_;
}

void UnixSocket::watch_room(UnixSocket& receiver) {
  if (watched_ == &receiver) return;
  unwatch_room();
  watched_ = &receiver;
  receiver.watchers_.push_back(this);
}

void UnixSocket::unwatch_room() {
  if (watched_) std::erase(watched_->watchers_, this);
  watched_ = nullptr;
}

void UnixSocket::tell_room(Kernel& k, Thread* t) {
  const Ref<Room> room = room_;
  if (room->wait.empty() && watchers_.empty()) return;
  if (t) t->charge(k.ipc->paths.wake_walk);
  room->wait.wake(k, t, receive_closed ? WaitQueue::all : 1, poll_bit::writable);
  while (!watchers_.empty()) {  // a wake takes time, in which others may come and go
    UnixSocket* watcher = watchers_.front();
    watcher->unwatch_room();
    if (!t) {
      watcher->write_space(k, nullptr);
      continue;
    }
    const HeldFile held(*t, watcher);
    watcher->write_space(k, t);
  }
}

void UnixSocket::follow(UnixSocket& other) {
  unfollow();
  peer = &other;
  other.followers_.push_back(this);
}

void UnixSocket::unfollow() {
  if (peer) std::erase(static_cast<UnixSocket*>(peer)->followers_, this);
}

}  // namespace isosim::kernel
