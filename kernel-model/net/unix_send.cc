// Sending and receiving over AF_UNIX.
#include <algorithm>
#include <utility>

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/net/socket_wait.h"
#include "kernel-model/net/unix_socket.h"

namespace isosim::kernel {

std::int64_t UnixSocket::send(Kernel& k, Thread& t, SocketIo& io) {
  if (outside) return state == SocketState::connected ? send_outside(k, t, io) : -ENOTCONN_;
  if (!io.rights.empty()) t.charge(k.ipc->net.paths.scm_send, io.rights.size());
  return type == sock_type::stream ? send_stream(k, t, io) : send_message(k, t, io);
}

namespace {

// A stream's buffer has one page of linear part at most, and rounds what exceeds it up to pages, which then
// hold what fits into them first.
std::uint64_t stream_truesize(std::uint64_t data) {
  constexpr std::uint64_t kMaxHead = kBufferPage - kSharedInfo;  // SKB_MAX_HEAD(0)
  const std::uint64_t excess = data > kMaxHead ? data - kMaxHead : 0;
  const std::uint64_t paged = std::min(data, (excess + kBufferPage - 1) / kBufferPage * kBufferPage);
  return buffer_truesize(data - paged, paged);
}

}  // namespace

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
    packet.truesize = stream_truesize(chunk);
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
  if (type == sock_type::seqpacket && state != SocketState::connected) return -ENOTCONN_;
  const bool by_name = io.to && type == sock_type::dgram;
  if (type == sock_type::dgram && !by_name && !peer)
    return std::exchange(peer_died_, false) ? -ECONNREFUSED_ : -ENOTCONN_;
  if (io.length + 32 > send_buffer_) return -EMSGSIZE_;
  if (const std::int64_t result = wait_to_send(k, t, io, [&] { return budget_->used < send_buffer_; });
      result < 0)
    return result;
  t.charge(costs.transmit);
  Packet packet;
  packet.length = io.length;
  packet.truesize = packet_truesize(io.length);
  packet.budget = budget_;
  budget_->used += packet.truesize;
  const auto give_up = [&](std::int64_t code) {
    settle(k, &t, packet);
    return code;
  };
  auto* receiver = static_cast<UnixSocket*>(peer);
  if (by_name)
    if (const std::int64_t result = find(k, t, *io.to, receiver); result < 0) return give_up(result);
  if (!receiver) return give_up(std::exchange(peer_died_, false) ? -ECONNREFUSED_ : broken_pipe(k, t, io));
  if (const std::int64_t result = wait_for_room(k, t, io, *receiver); result < 0) return give_up(result);
  const HeldFile held(t, receiver);  // while the copy takes its time
  packet.from = std::make_unique<SocketAddress>(local);
  k.cpu.copy(*t.task, IpcState::object(receiver->number), receiver->queued(), io.length,
             cpu::Copy::to_kernel);
  if (receiver->receive_closed)
    return give_up(type == sock_type::seqpacket ? broken_pipe(k, t, io) : -ECONNREFUSED_);
  packet.rights = std::move(io.rights);
  receiver->enqueue(k, &t, std::move(packet));
  return static_cast<std::int64_t>(io.length);
}

std::int64_t UnixSocket::receive(Kernel& k, Thread& t, SocketIo& io) {
  const std::int64_t result = Socket::receive(k, t, io);
  if (!is_stream() && !(io.flags & msg_flag::peek)) tell_room(k, &t);
  if (!io.rights.empty()) t.charge(k.ipc->net.paths.scm_recv, io.rights.size());
  return result;
}

}  // namespace isosim::kernel
