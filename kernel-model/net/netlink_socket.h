// AF_NETLINK: requests go to the kernel; its answers are played from the record, since neither routes nor
// links are modelled.
#pragma once

#include "kernel-model/net/socket_wait.h"

namespace isosim::kernel {

class NetlinkSocket final : public Socket {
 public:
  NetlinkSocket(Kernel& kernel, int socket_type, int socket_protocol)
      : Socket(kernel, af::netlink, socket_type, socket_protocol, costs_of(kernel)) {
    outside = true;
    state = SocketState::connected;
  }

  std::int64_t bind(Kernel& k, Thread& t, const SocketAddress& name) override {
    t.charge(k.ipc->net.paths.bind);
    local = name;
    return 0;
  }
  std::int64_t connect(Kernel& k, Thread& t, const SocketAddress&, bool) override {
    t.charge(k.ipc->net.paths.name);
    return 0;
  }
  std::int64_t send(Kernel& k, Thread& t, SocketIo& io) override { return send_outside(k, t, io); }

 protected:
  Ref<Socket> make_child(Kernel&) override { return nullptr; }
  void end(Kernel&, Thread*, bool) override {}

 private:
  static SocketCosts costs_of(const Kernel& k) {
    const NetPaths& p = k.ipc->net.paths;
    return {p.netlink_recv, p.netlink_send, p.netlink_send, p.netlink_send, p.tcp_accept, 32768};
  }
};

}  // namespace isosim::kernel
