#include "kernel-model/net/net_paths.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

NetPaths::NetPaths(const Kernel& k)
    : socket(k.path("net.socket")),
      socketpair(k.path("net.socketpair")),
      release(k.path("net.release")),
      send_call(k.path("net.send_call")),
      recv_call(k.path("net.recv_call")),
      message_header(k.path("net.message_header")),
      bind(k.path("net.bind")),
      listen(k.path("net.listen")),
      name(k.path("net.name")),
      set_option(k.path("net.set_option")),
      get_option(k.path("net.get_option")),
      shutdown(k.path("net.shutdown")),
      poll(k.path("net.poll")),
      unix_bind(k.path("net.unix.bind")),
      unix_connect(k.path("net.unix.connect")),
      unix_accept(k.path("net.unix.accept")),
      unix_release(k.path("net.unix.release")),
      unix_stream_send(k.path("net.unix.stream_send")),
      unix_stream_recv(k.path("net.unix.stream_recv")),
      unix_message_send(k.path("net.unix.message_send")),
      unix_message_recv(k.path("net.unix.message_recv")),
      scm_send(k.path("net.scm.send")),
      scm_recv(k.path("net.scm.recv")),
      tcp_connect(k.path("net.tcp.connect")),
      tcp_accept(k.path("net.tcp.accept")),
      tcp_release(k.path("net.tcp.release")),
      tcp_send(k.path("net.tcp.send")),
      tcp_recv(k.path("net.tcp.recv")),
      tcp_transmit(k.path("net.tcp.transmit")),
      tcp_receive(k.path("net.tcp.receive")),
      tcp_segment(k.path("net.tcp.segment")),
      udp_send(k.path("net.udp.send")),
      udp_recv(k.path("net.udp.recv")),
      udp_receive(k.path("net.udp.receive")),
      netlink_send(k.path("net.netlink.send")),
      netlink_recv(k.path("net.netlink.recv")),
      stream_read(k.path("net.stream.read")),
      stream_write(k.path("net.stream.write")),
      stream_receive(k.path("net.stream.receive")) {}

}  // namespace isosim::kernel
