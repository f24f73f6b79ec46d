#include "kernel-model/net/socket.h"

#include <algorithm>

#include "kernel-model/ipc/signals.h"
#include "kernel-model/net/socket_wait.h"

namespace isosim::kernel {

Socket::Socket(Kernel& kernel, int socket_family, int socket_type, int socket_protocol,
               SocketCosts socket_costs)
    : family(socket_family),
      type(socket_type),
      protocol(socket_protocol),
      costs(socket_costs),
      number(kernel.ipc->next_inode()),
      budget_(new SendBudget) {
  flags = open_flag::rdwr;
  budget_->sender = this;
  local.family = static_cast<std::uint16_t>(family);
}

Socket::~Socket() {
  budget_->sender = nullptr;
  if (peer && peer->peer == this) peer->peer = nullptr;
}

std::int64_t Socket::bind(Kernel&, Thread&, const SocketAddress&) { return -EOPNOTSUPP_; }
std::int64_t Socket::listen(Kernel&, Thread&, int) { return -EOPNOTSUPP_; }
std::int64_t Socket::connect(Kernel&, Thread&, const SocketAddress&, bool) { return -EOPNOTSUPP_; }
std::int64_t Socket::send(Kernel&, Thread&, SocketIo&) { return -EOPNOTSUPP_; }

bool Socket::nonblocking(const SocketIo& io) const {
  return io.nonblock || (io.flags & msg_flag::dontwait) || (flags & open_flag::nonblock);
}

sim::Time Socket::deadline(const Thread& t, sim::Time timeout) const {
  return timeout >= sim::Time::max() - t.now() ? sim::Time::max() : t.now() + timeout;
}

std::int64_t Socket::broken_pipe(Kernel& k, Thread& t, const SocketIo& io) const {
  if (!(io.flags & msg_flag::nosignal) && is_stream()) send_sigpipe(k, t);
  return -EPIPE_;
}

void Socket::wake(Kernel& k, Thread* t, std::uint32_t events, int count) {
  if (wait.empty()) return;  // skwq_has_sleeper
  if (t) t->charge(k.ipc->paths.wake_walk);
  wait.wake(k, t, count, events);
}

void Socket::enqueue(Kernel& k, Thread* t, Packet packet) {
  packet.offset = queued_truesize_;
  queued_ += packet.length;
  queued_truesize_ += packet.truesize;
  queue_.push_back(std::move(packet));
  wake(k, t, poll_bit::readable);
}

void Socket::settle(Kernel& k, Thread* t, const Packet& packet) {
  if (!packet.budget) return;
  packet.budget->used -= packet.truesize;
  if (Socket* sender = packet.budget->sender) sender->write_space(k, t);
}

void Socket::write_space(Kernel& k, Thread* t) {
  if (can_send()) wake(k, t, poll_bit::writable);
}

bool Socket::can_send() const {
  if (outside) return window_ > 0;
  // unix_writable(). TCP and UDP have other shares (sk_stream_is_writeable, sock_writeable), of accounts that
  // follow acknowledgements, which this model of them has not.
  return budget_->used * 4 <= send_buffer_;
}

void Socket::peer_gone(Kernel& k, Thread* t, int its_error) {
  peer = nullptr;
  receive_closed = peer_ended = true;
  if (its_error != 0) error = its_error;
  wake(k, t,
       poll_bit::readable | poll_bit::writable | poll_bit::hup | poll_bit::rdhup |
           (its_error ? poll_bit::err : 0));
}

void Socket::peer_stopped_sending(Kernel& k, Thread* t) {
  receive_closed = peer_ended = true;
  wake(k, t, poll_bit::readable | poll_bit::rdhup | (send_closed ? poll_bit::hup : 0));
}

void Socket::peer_stopped_receiving(Kernel& k, Thread* t) {
  send_closed = true;
  wake(k, t, poll_bit::writable | (receive_closed ? poll_bit::hup : 0));
}

std::int64_t Socket::accept(Kernel& k, Thread& t, bool nonblock, Ref<Socket>& out) {
  if (state != SocketState::listening) return -EINVAL_;
  t.charge(costs.accept);
  while (pending.empty()) {
    if (receive_closed) return -EINVAL_;
    if (nonblock || (flags & open_flag::nonblock)) return -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const std::int64_t result = wait_interruptible(
        k, t, wait, poll_bit::readable, true, [&] { return !pending.empty() || receive_closed; },
        deadline(t, receive_timeout_));
    if (result < 0) return result;
  }
  out = std::move(pending.front());
  pending.pop_front();
  wake(k, &t, poll_bit::writable);  // who waits for room in the backlog
  return 0;
}

std::int64_t Socket::shutdown(Kernel& k, Thread& t, int how) {
  if (how < 0 || how > 2) return -EINVAL_;
  t.charge(k.ipc->net.paths.shutdown);
  if (!may_shut_down()) return -ENOTCONN_;
  const bool receive_side = how != 1, send_side = how != 0;
  if (receive_side) receive_closed = true;
  if (send_side) send_closed = true;
  Socket* other = peer;
  if (other && send_side) other->peer_stopped_sending(k, &t);
  if (other && other == peer && receive_side && family == af::unix_) other->peer_stopped_receiving(k, &t);
  wake(k, &t, poll_bit::readable | poll_bit::writable | poll_bit::hup | poll_bit::rdhup);
  return 0;
}

std::uint32_t Socket::poll(Thread& t) {
  t.charge(t.kernel.ipc->net.paths.poll);
  if (state == SocketState::listening) return pending.empty() ? 0 : poll_bit::readable;
  std::uint32_t mask = 0;
  if (error != 0) mask |= poll_bit::err;
  if (receive_closed) mask |= poll_bit::readable | poll_bit::rdhup;
  if (receive_closed && send_closed) mask |= poll_bit::hup;
  if (!queue_.empty()) mask |= poll_bit::readable;
  if (state == SocketState::connecting) return mask;
  if (state == SocketState::unconnected && type != sock_type::dgram && type != sock_type::raw)
    mask |= poll_bit::hup;
  if (send_closed || can_send()) mask |= poll_bit::writable;
  return mask;
}

void Socket::release(Kernel& k, Thread& t) {
  t.charge(k.ipc->net.paths.release);
  finish(k, &t);
}

void Socket::finish(Kernel& k, Thread* t, bool reset) {
  k.ipc->net.outside.cancel(*this);
  std::deque<Packet> unread = std::move(queue_);
  queue_.clear();
  queued_ = 0;
  end(k, t, reset || !unread.empty());
  for (Packet& packet : unread) {
    settle(k, t, packet);
    if (!t) continue;
    for (Ref<File>& file : packet.rights) put_file(k, *t, std::move(file));
  }
  budget_->sender = nullptr;
  while (!pending.empty()) {
    const Ref<Socket> child = std::move(pending.front());
    pending.pop_front();
    child->finish(k, t, true);
  }
}

void Socket::status(FileStatus& out) const {
  out = {};
  out.inode = number;
  out.mode = 0140777;
  out.links = 1;
}

}  // namespace isosim::kernel
