// AF_INET and AF_INET6. Between two sockets of this kernel a connection is a byte stream over loopback,
// datagrams are handed over; segments have a size and a cost, but no sequence numbers, windows or timers yet.
// A peer outside is played from the record (net/outside.h).
#pragma once

#include "kernel-model/net/socket.h"

namespace isosim::kernel {

class InetSocket final : public Socket {
 public:
  InetSocket(Kernel& kernel, int socket_family, int socket_type, int socket_protocol);

  std::int64_t bind(Kernel& k, Thread& t, const SocketAddress& name) override;
  std::int64_t listen(Kernel& k, Thread& t, int its_backlog) override;
  std::int64_t connect(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock) override;
  std::int64_t send(Kernel& k, Thread& t, SocketIo& io) override;

 protected:
  Ref<Socket> make_child(Kernel& k) override;
  void end(Kernel& k, Thread* t, bool reset) override;

 private:
  std::int64_t take_port(Kernel& k, std::uint16_t port);
  std::int64_t connect_inside(Kernel& k, Thread& t, InetSocket& listener, const SocketAddress& name,
                              bool nonblock);
  std::int64_t send_segments(Kernel& k, Thread& t, SocketIo& io);
  std::int64_t send_datagram(Kernel& k, Thread& t, SocketIo& io);
  [[nodiscard]] bool reuses(int option) const;

  bool bound_ = false;
  bool handshake_unseen_ = false;  // a non-blocking connect() that has finished but not yet said so
};

}  // namespace isosim::kernel
