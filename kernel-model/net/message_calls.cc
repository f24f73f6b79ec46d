// sendto(2), recvfrom(2), sendmsg(2), recvmsg(2), sendmmsg(2), recvmmsg(2).
#include <algorithm>
#include <numeric>

#include "kernel-model/ipc/ipc_calls.h"
#include "kernel-model/ipc/poll_waiter.h"
#include "kernel-model/net/socket_call.h"

namespace isosim::kernel {

namespace {

std::int64_t sys_sendto(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  t.charge(k.ipc->net.paths.send_call);
  SocketIo io;
  io.length = s.u64(2);
  io.flags = static_cast<std::uint32_t>(s.u64(3));
  io.to = s.get<SocketAddress>(4);
  return call.socket->send(k, t, io);
}

std::int64_t sys_recvfrom(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  t.charge(k.ipc->net.paths.recv_call);
  SocketIo io;
  io.length = s.u64(2);
  io.flags = static_cast<std::uint32_t>(s.u64(3));
  io.from = &s.out.peer;
  const std::int64_t result = call.socket->receive(k, t, io);
  for (Ref<File>& file : io.rights) put_file(k, t, std::move(file));  // recv() has no place for them
  return result;
}

std::uint64_t total(const MessageHeader& header) {
  return std::accumulate(header.iov.begin(), header.iov.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const IoVec& part) { return sum + part.length; });
}

std::int64_t send_message(Kernel& k, Thread& t, Socket& socket, const MessageHeader& header,
                          std::uint32_t flags) {
  t.charge(k.ipc->net.paths.send_call);
  t.charge(k.ipc->net.paths.message_header);
  constexpr std::size_t kMaxRights = 253;  // SCM_MAX_FD
  if (header.fds.size() > kMaxRights) return -EINVAL_;
  SocketIo io;
  io.length = total(header);
  io.flags = flags;
  if (header.name.family != 0) io.to = &header.name;
  for (const std::int32_t fd : header.fds) {
    File* file = t.process->files->get(fd);
    if (!file) return -EBADF_;
    io.rights.emplace_back(file);
  }
  const std::int64_t result = socket.send(k, t, io);
  for (Ref<File>& file : io.rights) put_file(k, t, std::move(file));  // those that did not leave
  return result;
}

// scm_detach_fds(): what does not get a descriptor is closed.
void install_rights(Kernel& k, Thread& t, SocketIo& io, std::uint32_t flags, std::vector<std::int32_t>& out) {
  constexpr std::uint32_t kCmsgCloexec = 0x40000000;
  for (Ref<File>& file : io.rights) {
    const std::int64_t fd = t.process->files->install(file, flags & kCmsgCloexec);
    if (fd >= 0) out.push_back(static_cast<std::int32_t>(fd));
    put_file(k, t, std::move(file));
  }
}

std::int64_t receive_message(Kernel& k, Thread& t, Socket& socket, const MessageHeader& header,
                             std::uint32_t flags, Out& out) {
  t.charge(k.ipc->net.paths.recv_call);
  t.charge(k.ipc->net.paths.message_header);
  SocketIo io;
  io.length = total(header);
  io.flags = flags;
  io.from = &out.peer;
  const std::int64_t result = socket.receive(k, t, io);
  install_rights(k, t, io, flags, out.received_fds);
  return result;
}

std::int64_t sys_sendmsg(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  const auto* header = s.get<MessageHeader>(1);
  return header ? send_message(k, t, *call.socket, *header, static_cast<std::uint32_t>(s.u64(2))) : -EFAULT_;
}

std::int64_t sys_recvmsg(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  const auto* header = s.get<MessageHeader>(1);
  s.out.received_fds.clear();
  return header ? receive_message(k, t, *call.socket, *header, static_cast<std::uint32_t>(s.u64(2)), s.out)
                : -EFAULT_;
}

std::int64_t sys_sendmmsg(Kernel& k, Thread& t, Sys& s) {
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  const auto* headers = s.get<std::span<const MessageHeader>>(1);
  if (!headers) return -EFAULT_;
  std::int64_t sent = 0;
  for (const MessageHeader& header : *headers) {
    const std::int64_t result =
        send_message(k, t, *call.socket, header, static_cast<std::uint32_t>(s.u64(3)));
    if (result < 0) return sent > 0 ? sent : result;
    ++sent;
  }
  return sent;
}

std::int64_t sys_recvmmsg(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint32_t kWaitForOne = 0x10000;
  const SocketCall call(t, s);
  if (!call.socket) return call.error;
  const auto* headers = s.get<std::span<const MessageHeader>>(1);
  if (!headers) return -EFAULT_;
  const auto* span = s.get<Timespec>(4);
  const sim::Time until = span ? deadline_after(t, span->span) : sim::Time::max();
  auto flags = static_cast<std::uint32_t>(s.u64(3));
  std::int64_t received = 0;
  s.out.received_fds.clear();
  for (const MessageHeader& header : *headers) {
    const std::int64_t result = receive_message(k, t, *call.socket, header, flags & ~kWaitForOne, s.out);
    if (result < 0) return received > 0 ? received : result;
    ++received;
    if (flags & kWaitForOne) flags |= msg_flag::dontwait;
    if (t.now() >= until) break;
  }
  return received;
}

}  // namespace

void register_message_calls(SyscallTable& table) {
  table.set(nr::sendto, sys_sendto);
  table.set(nr::recvfrom, sys_recvfrom);
  table.set(nr::sendmsg, sys_sendmsg);
  table.set(nr::recvmsg, sys_recvmsg);
  table.set(nr::sendmmsg, sys_sendmmsg);
  table.set(nr::recvmmsg, sys_recvmmsg);
}

}  // namespace isosim::kernel
