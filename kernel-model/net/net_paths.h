// The paths of catalogue/net.json, looked up once.
#pragma once

#include "sim/path.h"

namespace isosim::kernel {

class Kernel;

struct NetPaths {
  explicit NetPaths(const Kernel& k);

  sim::PathId socket, socketpair, release;           // making and ending a socket
  sim::PathId send_call, recv_call, message_header;  // sys_sendto, sys_recvfrom, what the msg calls add
  sim::PathId bind, listen, name, set_option, get_option, shutdown, poll;
  sim::PathId unix_bind, unix_connect, unix_accept, unix_release;
  sim::PathId unix_stream_send, unix_stream_recv, unix_message_send, unix_message_recv;
  sim::PathId scm_send, scm_recv;  // unit: descriptor
  sim::PathId tcp_connect, tcp_accept, tcp_release;
  sim::PathId tcp_send, tcp_recv;  // a segment over loopback with the receiver's softirq; a read of one
  sim::PathId tcp_transmit, tcp_receive;  // a segment to a device; one that arrives, in softirq
  sim::PathId tcp_segment;                // each further segment of one call
  sim::PathId udp_send, udp_recv, udp_receive;
  sim::PathId netlink_send, netlink_recv;
  sim::PathId stream_read, stream_write, stream_receive;  // terminals and pipes to outside
};

}  // namespace isosim::kernel
