// What arrives at a socket from outside; in softirq.
#include "kernel-model/net/socket_wait.h"

namespace isosim::kernel {

// Receive-side scaling spreads flows over the CPUs by a hash; the inode number stands for it.
int Socket::interrupt_cpu(const Kernel& k) const {
  return static_cast<int>(number % static_cast<std::uint64_t>(k.cpu.logical_cpus()));
}

void Socket::arrive(Irq& irq, std::uint64_t bytes) {
  std::uint64_t left = bytes;
  bool first = true;
  do {
    const std::uint64_t chunk = is_stream() ? std::min(left, costs.segment_bytes) : left;
    irq.charge(first ? costs.arrival : costs.segment);
    if (receive_closed) return;
    Packet packet;
    packet.length = chunk;
    packet.truesize = packet_truesize(chunk);
    if (!is_stream()) packet.from = std::make_unique<SocketAddress>(remote);
    enqueue(irq.kernel, nullptr, std::move(packet));
    left -= chunk;
    first = false;
  } while (left > 0);
}

void Socket::arrive_connection(Irq& irq, const SocketAddress& from) {
  irq.charge(irq.kernel.ipc->net.paths.tcp_receive);  // the SYN, answered
  irq.charge(irq.kernel.ipc->net.paths.tcp_receive);  // the handshake's last acknowledgement
  if (state != SocketState::listening || receive_closed) return;
  const Ref<Socket> child = make_child(irq.kernel);
  child->outside = true;
  child->state = SocketState::connected;
  child->local = local;
  child->remote = from;
  pending.push_back(child);
  wake(irq.kernel, nullptr, poll_bit::readable, 1);
}

void Socket::arrive_end(Irq& irq, int its_error) {
  irq.charge(costs.arrival);
  if (its_error != 0) {
    send_closed = true;
    state = SocketState::connected;
  }
  peer_gone(irq.kernel, nullptr, its_error);
}

void Socket::arrive_connected(Irq& irq, int its_error) {
  irq.charge(costs.arrival);
  if (state != SocketState::connecting) {
    verdict_ = its_error;
    return;
  }
  state = its_error == 0 ? SocketState::connected : SocketState::unconnected;
  error = its_error;
  wake(irq.kernel, nullptr, poll_bit::writable | (its_error ? poll_bit::err | poll_bit::hup : 0));
}

void Socket::arrive_window(Irq& irq, std::uint64_t bytes) {
  irq.charge(costs.arrival);
  window_ = window_ > ~0ull - bytes ? ~0ull : window_ + bytes;
  wake(irq.kernel, nullptr, poll_bit::writable);
}

}  // namespace isosim::kernel
