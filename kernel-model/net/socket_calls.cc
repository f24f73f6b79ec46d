// System calls that make sockets and connect them.
#include "kernel-model/ipc/held_file.h"
#include "kernel-model/ipc/ipc_calls.h"
#include "kernel-model/net/inet_socket.h"
#include "kernel-model/net/netlink_socket.h"
#include "kernel-model/net/socket_call.h"
#include "kernel-model/net/unix_socket.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kTypeMask = 0xF;

// inet_create(), unix_create(): which types and protocols a family has.
std::int64_t make_socket(Kernel& k, int family, int type, int protocol, Ref<Socket>& out) {
  if (type < sock_type::stream || type > 10) return -EINVAL_;
  switch (family) {
    case af::unix_:
      if (protocol != 0 && protocol != af::unix_) return -EPROTONOSUPPORT_;
      if (type == sock_type::raw) type = sock_type::dgram;
      if (type != sock_type::stream && type != sock_type::dgram && type != sock_type::seqpacket)
        return -ESOCKTNOSUPPORT_;
      out.reset(new UnixSocket(k, type, 0));
      return 0;
    case af::inet:
    case af::inet6: {
      constexpr int kTcp = 6, kUdp = 17, kProtocols = 256;  // IPPROTO_MAX of 4.4
      if (protocol < 0 || protocol >= kProtocols) return -EINVAL_;
      if (type == sock_type::stream && (protocol == 0 || protocol == kTcp))
        protocol = kTcp;
      else if (type == sock_type::dgram && (protocol == 0 || protocol == kUdp))
        protocol = kUdp;
      else if (type == sock_type::stream || type == sock_type::dgram)
        return -EPROTONOSUPPORT_;
      else if (type != sock_type::raw)
        return -ESOCKTNOSUPPORT_;
      out.reset(new InetSocket(k, family, type, protocol));
      return 0;
    }
    case af::netlink:
      if (type != sock_type::raw && type != sock_type::dgram) return -ESOCKTNOSUPPORT_;
      out.reset(new NetlinkSocket(k, type, protocol));
      return 0;
    default:
      return -EAFNOSUPPORT_;
  }
}

std::int64_t install(Kernel& k, Thread& t, const Ref<Socket>& socket, std::uint64_t type_flags) {
  socket->flags |= static_cast<std::uint32_t>(type_flags & open_flag::nonblock);
  const std::int64_t fd = t.process->files->install(socket, type_flags & open_flag::cloexec);
  if (fd < 0) socket->release(k, t);
  return fd;
}

bool unknown_flags(std::uint64_t type) {
  return (type & ~(kTypeMask | open_flag::cloexec | open_flag::nonblock)) != 0;
}

std::int64_t sys_socket(Kernel& k, Thread& t, Sys& s) {
  if (unknown_flags(s.u64(1))) return -EINVAL_;
  t.charge(k.ipc->net.paths.socket);
  Ref<Socket> socket;
  const std::int64_t result =
      make_socket(k, s.fd(0), static_cast<int>(s.u64(1) & kTypeMask), s.fd(2), socket);
  return result < 0 ? result : install(k, t, socket, s.u64(1));
}

std::int64_t sys_socketpair(Kernel& k, Thread& t, Sys& s) {
  if (unknown_flags(s.u64(1))) return -EINVAL_;
  t.charge(k.ipc->net.paths.socketpair);
  if (s.fd(0) != af::unix_)
    return s.fd(0) == af::inet || s.fd(0) == af::inet6 ? -EOPNOTSUPP_ : -EAFNOSUPPORT_;
  const int type = static_cast<int>(s.u64(1) & kTypeMask);
  Ref<Socket> first, second;
  if (const std::int64_t result = make_socket(k, af::unix_, type, s.fd(2), first); result < 0) return result;
  make_socket(k, af::unix_, type, s.fd(2), second);
  static_cast<UnixSocket&>(*first).pair_with(static_cast<UnixSocket&>(*second));
  const std::int64_t fd = install(k, t, first, s.u64(1));
  if (fd < 0) {
    second->release(k, t);
    return fd;
  }
  const std::int64_t other = install(k, t, second, s.u64(1));
  if (other < 0) {
    t.process->files->remove(static_cast<std::int32_t>(fd));
    first->release(k, t);
    return other;
  }
  s.out.fds = {static_cast<std::int32_t>(fd), static_cast<std::int32_t>(other)};
  return 0;
}

std::int64_t sys_bind(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  const auto* name = s.get<SocketAddress>(1);
  return name ? call.socket->bind(k, t, *name) : -EFAULT_;
}

std::int64_t sys_connect(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  const auto* name = s.get<SocketAddress>(1);
  return name ? call.socket->connect(k, t, *name, false) : -EFAULT_;
}

std::int64_t sys_listen(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  return call.socket ? call.socket->listen(k, t, s.fd(1)) : call.error;
}

std::int64_t do_accept(Kernel& k, Thread& t, Sys& s, std::uint64_t flags) {
  if (flags & ~std::uint64_t{open_flag::cloexec | open_flag::nonblock}) return -EINVAL_;
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  Ref<Socket> child;
  const std::int64_t result = call.socket->accept(k, t, false, child);
  if (result < 0) return result;
  s.out.peer = child->remote;
  return install(k, t, child, flags);
}

std::int64_t sys_accept(Kernel& k, Thread& t, Sys& s) { return do_accept(k, t, s, 0); }
std::int64_t sys_accept4(Kernel& k, Thread& t, Sys& s) { return do_accept(k, t, s, s.u64(3)); }

std::int64_t sys_getsockname(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  t.charge(k.ipc->net.paths.name);
  s.out.peer = call.socket->local;
  return 0;
}

std::int64_t sys_getpeername(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  t.charge(k.ipc->net.paths.name);
  if (call.socket->state != SocketState::connected || call.socket->over()) return -ENOTCONN_;
  s.out.peer = call.socket->remote;
  return 0;
}

std::int64_t sys_shutdown(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  return call.socket ? call.socket->shutdown(k, t, s.fd(1)) : call.error;
}

std::int64_t sys_setsockopt(Kernel& k, Thread& t, Sys& s) {
  if (s.fd(4) < 0) return -EINVAL_;
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  const auto* value = s.get<OptionValue>(3);
  const auto* span = s.get<Timespec>(3);
  const std::uint64_t number = value  ? value->value
                               : span ? static_cast<std::uint64_t>(span->span.ps / 1000)
                                      : 0;
  return call.socket->set_option(k, t, s.fd(1), s.fd(2), number, s.u64(4));
}

std::int64_t sys_getsockopt(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  return call.socket ? call.socket->get_option(k, t, s.fd(1), s.fd(2), s.out.value) : call.error;
}

}  // namespace

void register_socket_calls(SyscallTable& table) {
  table.set(nr::socket, sys_socket);
  table.set(nr::socketpair, sys_socketpair);
  table.set(nr::bind, sys_bind);
  table.set(nr::connect, sys_connect);
  table.set(nr::listen, sys_listen);
  table.set(nr::accept, sys_accept);
  table.set(nr::accept4, sys_accept4);
  table.set(nr::getsockname, sys_getsockname);
  table.set(nr::getpeername, sys_getpeername);
  table.set(nr::shutdown, sys_shutdown);
  table.set(nr::setsockopt, sys_setsockopt);
  table.set(nr::getsockopt, sys_getsockopt);
}

}  // namespace isosim::kernel
