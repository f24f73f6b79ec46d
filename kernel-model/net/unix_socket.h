// AF_UNIX (net/unix/af_unix.c, Linux 4.4): streams, datagrams, sequenced packets.
#pragma once

#include "kernel-model/net/socket.h"

namespace isosim::kernel {

class UnixSocket final : public Socket {
 public:
  UnixSocket(Kernel& kernel, int socket_type, int socket_protocol);

  std::int64_t bind(Kernel& k, Thread& t, const SocketAddress& name) override;
  std::int64_t listen(Kernel& k, Thread& t, int its_backlog) override;
  std::int64_t connect(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock) override;
  std::int64_t send(Kernel& k, Thread& t, SocketIo& io) override;
  std::int64_t receive(Kernel& k, Thread& t, SocketIo& io) override;
  void peer_gone(Kernel& k, Thread* t, int its_error) override;

  void pair_with(UnixSocket& other);  // socketpair

 protected:
  Ref<Socket> make_child(Kernel& k) override;
  void end(Kernel& k, Thread* t, bool reset) override;
  bool may_shut_down() const override { return true; }

 private:
  std::int64_t connect_stream(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock);
  std::int64_t send_stream(Kernel& k, Thread& t, SocketIo& io);
  std::int64_t send_message(Kernel& k, Thread& t, SocketIo& io);
  // The socket bound to `name`: -ENOENT, -ECONNREFUSED, -EPROTOTYPE, and what path lookup says.
  std::int64_t find(Kernel& k, Thread& t, const SocketAddress& name, UnixSocket*& out);

  std::string bound_;  // key in NetState::unix_names
};

}  // namespace isosim::kernel
