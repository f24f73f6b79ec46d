// Sending over loopback, and to outside.
#include <algorithm>

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/net/inet_socket.h"
#include "kernel-model/net/socket_wait.h"

namespace isosim::kernel {

std::int64_t InetSocket::send(Kernel& k, Thread& t, SocketIo& io) {
  if (!is_stream()) return send_datagram(k, t, io);
  if (error != 0) return -take_error();
  if (send_closed) return broken_pipe(k, t, io);
  if (state == SocketState::connecting && nonblocking(io)) return -EAGAIN_;
  if (state != SocketState::connected)
    return state == SocketState::unconnected ? broken_pipe(k, t, io) : -ENOTCONN_;
  return outside ? send_outside(k, t, io) : send_segments(k, t, io);
}

// The receive side of loopback runs in the sender's softirq: one path a segment holds both, and the
// acknowledgement.
std::int64_t InetSocket::send_segments(Kernel& k, Thread& t, SocketIo& io) {
  std::uint64_t done = 0;
  while (done < io.length) {
    const std::uint64_t chunk = std::min(io.length - done, costs.segment_bytes);
    const std::int64_t result = wait_to_send(
        k, t, io, [&] { return !peer || (budget_->used < send_buffer_ && !peer->receive_full()); });
    if (result < 0) return done > 0 ? static_cast<std::int64_t>(done) : result;
    t.charge(done == 0 ? k.ipc->net.paths.tcp_send : costs.segment);
    Socket* const receiver = peer;
    if (!receiver) {
      // The peer closed: it answers with a reset, which the next call hears of (tcp_reset in CLOSE_WAIT:
      // EPIPE).
      error = static_cast<int>(EPIPE_);
      return static_cast<std::int64_t>(done + chunk);
    }
    const HeldFile held(t, receiver);
    Packet packet;
    packet.length = chunk;
    packet.truesize = packet_truesize(chunk);
    packet.budget = budget_;
    budget_->used += packet.truesize;
    if (!io.pages)
      k.cpu.copy(*t.task, IpcState::object(receiver->number), receiver->queued(), chunk,
                 cpu::Copy::to_kernel);
    if (receiver == peer && !receiver->receive_closed) {
      receiver->enqueue(k, &t, std::move(packet));
    } else {
      budget_->used -= packet.truesize;
    }
    done += chunk;
  }
  return static_cast<std::int64_t>(done);
}

// udp_sendmsg(). What finds no socket inside goes to outside, or comes back as ICMP port unreachable.
std::int64_t InetSocket::send_datagram(Kernel& k, Thread& t, SocketIo& io) {
  if (error != 0) return -take_error();
  const SocketAddress* to = io.to ? io.to : state == SocketState::connected ? &remote : nullptr;
  if (!to) return -EDESTADDRREQ_;
  if (io.length > costs.segment_bytes) return -EMSGSIZE_;
  if (!bound_) {
    if (const std::int64_t result = take_port(k, 0); result < 0) return result;
  }
  InetSocket* const found = outside ? nullptr : bound_to(k.ipc->net, type, *to);
  if (!found) {
    const std::int64_t result = send_outside(k, t, io);
    if (!outside && to->host.starts_with("127.") && state == SocketState::connected)
      error = static_cast<int>(ECONNREFUSED_);
    return result;
  }
  Socket& receiver = *found;
  const HeldFile held(t, &receiver);
  t.charge(costs.transmit);
  k.cpu.copy(*t.task, IpcState::object(receiver.number), receiver.queued(), io.length, cpu::Copy::to_kernel);
  if (receiver.receive_full() || receiver.receive_closed)
    return static_cast<std::int64_t>(io.length);  // dropped
  Packet packet;
  packet.length = io.length;
  packet.truesize = packet_truesize(io.length);
  packet.from = std::make_unique<SocketAddress>(local);
  if (packet.from->host.empty()) packet.from->host = to->host;
  receiver.enqueue(k, &t, std::move(packet));
  return static_cast<std::int64_t>(io.length);
}

}  // namespace isosim::kernel
