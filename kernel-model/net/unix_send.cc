// Sending and receiving over AF_UNIX.
#include <algorithm>

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/net/socket_wait.h"
#include "kernel-model/net/unix_socket.h"

namespace isosim::kernel {

std::int64_t UnixSocket::send(Kernel& k, Thread& t, SocketIo& io) {
  if (outside) return state == SocketState::connected ? send_outside(k, t, io) : -ENOTCONN_;
  if (!io.rights.empty()) t.charge(k.ipc->net.paths.scm_send, io.rights.size());
  return type == sock_type::stream ? send_stream(k, t, io) : send_message(k, t, io);
}

// unix_stream_sendmsg()
std::int64_t UnixSocket::send_stream(Kernel& k, Thread& t, SocketIo& io) {
  if (io.to) return state == SocketState::connected ? -EISCONN_ : -EOPNOTSUPP_;
  if (state != SocketState::connected) return -ENOTCONN_;
  std::uint64_t done = 0;
  while (done < io.length) {
    const std::uint64_t half_buffer = (send_buffer_ >> 1) - 64;
    const std::uint64_t chunk = std::min({io.length - done, half_buffer, costs.segment_bytes});
    const std::int64_t result = wait_to_send(k, t, io, [&] { return budget_->used < send_buffer_; });
    if (result < 0) return done > 0 ? static_cast<std::int64_t>(done) : result;
    t.charge(costs.transmit);
    Packet packet;
    packet.length = chunk;
    packet.truesize = packet_truesize(chunk);
    packet.budget = budget_;
    budget_->used += packet.truesize;
    Socket* const receiver = peer;
    const HeldFile held(t, receiver);  // while the copy takes its time
    if (receiver)
      k.cpu.copy(*t.task, IpcState::object(receiver->number), receiver->queued(), chunk,
                 cpu::Copy::to_kernel);
    if (!receiver || receiver != peer || receiver->receive_closed) {
      budget_->used -= packet.truesize;
      return done > 0 ? static_cast<std::int64_t>(done) : broken_pipe(k, t, io);
    }
    if (done == 0) packet.rights = std::move(io.rights);
    receiver->enqueue(k, &t, std::move(packet));
    done += chunk;
  }
  return static_cast<std::int64_t>(done);
}

// unix_dgram_sendmsg()
std::int64_t UnixSocket::send_message(Kernel& k, Thread& t, SocketIo& io) {
  UnixSocket* receiver = static_cast<UnixSocket*>(peer);
  if (type == sock_type::seqpacket && state != SocketState::connected) return -ENOTCONN_;
  if (io.length + 32 > send_buffer_) return -EMSGSIZE_;
  if (io.to && type == sock_type::dgram) {
    if (const std::int64_t result = find(k, t, *io.to, receiver); result < 0) return result;
  }
  if (type == sock_type::seqpacket && !receiver) return broken_pipe(k, t, io);
  if (!receiver) return -ENOTCONN_;
  const HeldFile held(t, receiver);
  constexpr std::size_t kLongestQueue = 10;  // net.unix.max_dgram_qlen
  const auto room = [&] {
    const bool connected_pair = receiver->peer == this;
    return budget_->used < send_buffer_ && (connected_pair || receiver->queue_.size() <= kLongestQueue);
  };
  // A full queue of a stranger wakes its senders through the packets' budgets, as peer_wait does.
  if (const std::int64_t result = wait_to_send(k, t, io, room); result < 0) return result;
  t.charge(costs.transmit);
  Packet packet;
  packet.length = io.length;
  packet.truesize = packet_truesize(io.length);
  packet.budget = budget_;
  budget_->used += packet.truesize;
  packet.from = std::make_unique<SocketAddress>(local);
  k.cpu.copy(*t.task, IpcState::object(receiver->number), receiver->queued(), io.length,
             cpu::Copy::to_kernel);
  if (receiver->receive_closed) {
    budget_->used -= packet.truesize;
    return type == sock_type::seqpacket ? broken_pipe(k, t, io) : -ECONNREFUSED_;
  }
  packet.rights = std::move(io.rights);
  receiver->enqueue(k, &t, std::move(packet));
  return static_cast<std::int64_t>(io.length);
}

std::int64_t UnixSocket::receive(Kernel& k, Thread& t, SocketIo& io) {
  const std::int64_t result = Socket::receive(k, t, io);
  if (!io.rights.empty()) t.charge(k.ipc->net.paths.scm_recv, io.rights.size());
  return result;
}

}  // namespace isosim::kernel
