// AF_INET and AF_INET6. Between two sockets of this kernel a connection is a byte stream over loopback,
// datagrams are handed over; segments have a size and a cost, but no sequence numbers, windows or timers yet.
// A peer outside is played from the record (net/outside.h).
#pragma once

#include "kernel-model/net/socket.h"

namespace isosim::kernel {

class NetState;

class InetSocket final : public Socket {
 public:
  InetSocket(Kernel& kernel, int socket_family, int socket_type, int socket_protocol);

  std::int64_t bind(Kernel& k, Thread& t, const SocketAddress& name) override;
  std::int64_t listen(Kernel& k, Thread& t, int its_backlog) override;
  std::int64_t connect(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock) override;
  std::int64_t send(Kernel& k, Thread& t, SocketIo& io) override;

  [[nodiscard]] bool over() const override { return is_stream() && send_closed && peer_ended; }

 protected:
  Ref<Socket> make_child(Kernel& k) override;
  void end(Kernel& k, Thread* t, bool reset) override;

 private:
  // inet_ports.cc
  std::int64_t take_port(Kernel& k, std::uint16_t port);
  void leave_port(NetState& net);
  [[nodiscard]] bool port_in_use(const NetState& net, std::uint16_t port) const;
  [[nodiscard]] bool shares_address(const InetSocket& other) const;
  [[nodiscard]] bool only_ipv6() const;
  [[nodiscard]] bool reuses(int option) const;
  // Whom a segment to `name` reaches; of streams: who listens there. null: nobody here.
  static InetSocket* bound_to(const NetState& net, int type, const SocketAddress& name);

  std::int64_t connect_inside(Kernel& k, Thread& t, InetSocket& listener, const SocketAddress& name,
                              bool nonblock);
  std::int64_t send_segments(Kernel& k, Thread& t, SocketIo& io);
  std::int64_t send_datagram(Kernel& k, Thread& t, SocketIo& io);

  bool bound_ = false;
  bool handshake_unseen_ = false;  // a non-blocking connect() that has finished but not yet said so
};

}  // namespace isosim::kernel
