#include "kernel-model/net/inet_socket.h"

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/net/socket_wait.h"

namespace isosim::kernel {

namespace {

constexpr std::uint16_t kUnspecified = 0;

SocketCosts inet_costs(const Kernel& k, int type) {
  const NetPaths& p = k.ipc->net.paths;
  // The largest segment over loopback: MTU 65536 less IP and TCP headers with time stamps.
  constexpr std::uint64_t kLoopbackSegment = 65483;
  if (type == sock_type::stream)
    return {p.tcp_recv, p.tcp_receive, p.tcp_transmit, p.tcp_segment, p.tcp_accept, kLoopbackSegment};
  return {p.udp_recv, p.udp_receive, p.udp_send, p.udp_send, p.tcp_accept, 65507};
}

bool loopback(const SocketAddress& name) {
  constexpr std::string_view kMapped = "::ffff:";
  std::string_view host = name.host;
  if (host.starts_with(kMapped)) host.remove_prefix(kMapped.size());
  return host.starts_with("127.") || host == "::1" || host == "0.0.0.0" || host == "::";
}

}  // namespace

InetSocket::InetSocket(Kernel& kernel, int socket_family, int socket_type, int socket_protocol)
    : Socket(kernel, socket_family, socket_type, socket_protocol, inet_costs(kernel, socket_type)) {
  if (is_stream()) {
    // What autotuning lets a busy connection have: net.ipv4.tcp_wmem and tcp_rmem end at 4 and 6 MiB.
    send_buffer_ = 4u << 20;
    receive_buffer_ = 6u << 20;
  }
}

Ref<Socket> InetSocket::make_child(Kernel& k) {
  return Ref<Socket>(new InetSocket(k, family, type, protocol));
}

std::int64_t InetSocket::bind(Kernel& k, Thread& t, const SocketAddress& name) {
  constexpr std::uint64_t kCapNetBindService = 1ull << 10;
  t.charge(k.ipc->net.paths.bind);
  if (name.family != family) return name.family == kUnspecified ? -EINVAL_ : -EAFNOSUPPORT_;
  if (name.port != 0 && name.port < 1024 && !(t.process->credentials.capabilities & kCapNetBindService))
    return -EACCES_;
  if (bound_) return -EINVAL_;
  local.host = name.host;  // two may have one port at different addresses
  const std::int64_t result = take_port(k, name.port);
  if (result < 0) local.host.clear();
  return result;
}

std::int64_t InetSocket::listen(Kernel& k, Thread& t, int its_backlog) {
  t.charge(k.ipc->net.paths.listen);
  if (!is_stream()) return -EOPNOTSUPP_;
  if (state == SocketState::connected || state == SocketState::connecting) return -EINVAL_;
  if (!bound_) {
    if (const std::int64_t result = take_port(k, 0); result < 0) return result;
  }
  if (state != SocketState::listening && port_in_use(k.ipc->net, local.port)) return -EADDRINUSE_;
  constexpr int kMaxConnections = 128;  // net.core.somaxconn
  backlog = its_backlog < 0 || its_backlog > kMaxConnections ? kMaxConnections : its_backlog;
  state = SocketState::listening;
  return 0;
}

std::int64_t InetSocket::connect(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock) {
  if (name.family == kUnspecified && !is_stream()) {
    peer = nullptr;
    remote = {};
    state = SocketState::unconnected;
    return 0;
  }
  // ip6_datagram_connect()
  const bool other_way = family == af::inet6 && name.family == af::inet && !is_stream() && !only_ipv6();
  if (name.family != family && !other_way) return -EAFNOSUPPORT_;
  if (handshake_unseen_) return handshake_unseen_ = false, 0;
  if (is_stream() && state == SocketState::connected) return -EISCONN_;
  if (state == SocketState::connecting) return -EALREADY_;
  if (state == SocketState::listening) return -EISCONN_;
  t.charge(is_stream() ? k.ipc->net.paths.tcp_connect : k.ipc->net.paths.name);
  if (!bound_) {
    if (const std::int64_t result = take_port(k, 0); result < 0) return result;
  }
  if (local.host.empty()) local.host = loopback(name) ? name.host : "0.0.0.0";
  remote = name;
  if (!is_stream()) {
    state = SocketState::connected;
    return 0;
  }
  InetSocket* const listener = bound_to(k.ipc->net, type, name);
  if (!outside && listener) return connect_inside(k, t, *listener, name, nonblock);
  if (!outside && loopback(name)) return -ECONNREFUSED_;
  outside = true;
  state = SocketState::connecting;
  return await_connection(k, t, nonblock);
}

// The three segments of the handshake run in the caller's softirq, within the cost of tcp_connect.
std::int64_t InetSocket::connect_inside(Kernel& k, Thread& t, InetSocket& listener, const SocketAddress& name,
                                        bool nonblock) {
  const HeldFile held(t, &listener);
  while (listener.pending.size() > static_cast<std::size_t>(listener.backlog)) {
    // The listener drops the SYN; it is sent again after a second (TCP_TIMEOUT_INIT).
    if (nonblock || (flags & open_flag::nonblock)) {
      state = SocketState::connecting;
      return -EINPROGRESS_;
    }
    const std::int64_t result = wait_interruptible(
        k, t, wait, WaitQueue::any, false, [] { return false; }, t.now() + sim::milliseconds(1000));
    if (result != -EAGAIN_) return result;
    if (listener.state != SocketState::listening) return -ECONNREFUSED_;
  }
  const Ref<Socket> child = listener.make_child(k);
  child->local = name;
  child->remote = local;
  child->state = state = SocketState::connected;
  child->peer = this;
  peer = child.get();
  listener.pending.push_back(child);
  listener.wake(k, &t, poll_bit::readable, 1);
  if (!nonblock && !(flags & open_flag::nonblock)) return 0;
  // The answer is handled when connect() gives up the socket's lock: too late for its result.
  handshake_unseen_ = true;
  return -EINPROGRESS_;
}

void InetSocket::end(Kernel& k, Thread* t, bool reset) {
  if (t && is_stream()) t->charge(k.ipc->net.paths.tcp_release);
  leave_port(k.ipc->net);
  state = SocketState::unconnected;
  receive_closed = send_closed = true;
  if (Socket* other = std::exchange(peer, nullptr); other && other->peer == this)
    other->peer_gone(k, t, reset ? static_cast<int>(ECONNRESET_) : 0);
}

}  // namespace isosim::kernel
