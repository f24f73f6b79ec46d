#include "models/sentry/control.h"

#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "models/process_ended.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Sys;

namespace {

constexpr std::uint64_t kUnix = 1, kStream = 1;
constexpr std::uint64_t kCallBytes = 600, kAnswerBytes = 40;  // JSON; inference

std::uint64_t u64(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::int64_t plain(HostCalls& host, kernel::SysNr number, std::array<std::uint64_t, 6> args) {
  Sys sys;
  sys.nr = number;
  sys.arg = args;
  return host.call(sys);
}

// unmarshal(): one byte, with which descriptors may come, then what the JSON decoder's buffer takes.
bool receive(HostCalls& host, gofer::Socket& socket) {
  return socket.receive_bytes(host, 1) > 0 && socket.receive_bytes(host, 1024) > 0;
}

}  // namespace

std::int64_t ThreadCalls::call(Sys& sys) {
  const std::int64_t result = thread_.kernel.syscall(thread_, sys);
  if (thread_.state == kernel::RunState::dead) throw ProcessEnded{};
  return result;
}

ControlServer::ControlServer(Release release, std::string id) : release_(release), id_(std::move(id)) {}

// ControlSocketAddr().
kernel::SocketAddress ControlServer::address() const {
  using namespace std::string_literals;
  kernel::SocketAddress out;
  out.family = kUnix;
  out.path = "\0runsc-sandbox."s + id_;
  return out;
}

std::int32_t ControlServer::make_socket(HostCalls& host) const {
  const std::int64_t fd = plain(host, nr::socket, {kUnix, kStream | kernel::open_flag::cloexec, 0});
  Sys bind;
  bind.nr = nr::bind;
  bind.arg = {u64(fd), 1, 110};
  bind.at[1] = address();
  if (const std::int64_t error = host.call(bind); fd < 0 || error < 0)
    throw std::runtime_error("no control socket for sandbox " + id_ + ": errno " +
                             std::to_string(-std::min(fd, error)));
  return static_cast<std::int32_t>(fd);
}

// NewServerSocket, Listen; then one goroutine accepts.
void ControlServer::start(go::G& g, std::int32_t fd, kernel::Address buffers) {
  constexpr std::uint64_t kBacklog = 16;  // pkg/unet/unet.go
  fd_ = fd;
  buffers_ = buffers;
  plain(g, nr::listen, {u64(fd), kBacklog});
  g.runtime.start(g, "control server", [this](go::G& own) { accept(own); });
}

void ControlServer::stop(go::G& g) {
  constexpr std::uint64_t kBothWays = 2;
  plain(g, nr::shutdown, {u64(fd_), kBothWays});
  plain(g, nr::close, {u64(fd_)});
}

void ControlServer::accept(go::G& g) {
  constexpr std::uint64_t kSocketLevel = 1, kPeerCredentials = 17;
  for (;;) {
    const std::int64_t fd = plain(g, nr::accept, {u64(fd_), 0, 0});
    if (fd < 0) return;
    const kernel::Address buffer = buffers_ + connections_.size() * 4096 % kBuffersBytes;
    gofer::Socket& socket = connections_.emplace_back(release_, unused_, unused_, buffer);
    if (socket.open(g, static_cast<std::int32_t>(fd)) < 0) return;
    plain(g, nr::getsockopt, {u64(fd), kSocketLevel, kPeerCredentials, buffer, buffer});
    g.runtime.start(g, "control connection", [this, &socket](go::G& own) { serve(own, socket); });
  }
}

void ControlServer::serve(go::G& g, gofer::Socket& socket) {
  while (receive(g, socket)) {
    const ControlCall call = std::move(sent_.front());
    sent_.pop_front();
    call(g);
    if (socket.send_bytes(g, kAnswerBytes) < 0) break;
  }
  socket.close(g);
}

void ControlServer::connect_and_call(HostCalls& host, kernel::Address buffer,
                                     std::vector<ControlCall> calls) {
  const std::int64_t fd = plain(host, nr::socket, {kUnix, kStream | kernel::open_flag::cloexec, 0});
  Sys connect;
  connect.nr = nr::connect;
  connect.arg = {u64(fd), buffer, 110};
  connect.at[1] = address();
  if (const std::int64_t error = host.call(connect); error < 0)
    throw std::runtime_error("nobody listens for commands to sandbox " + id_ + ": errno " +
                             std::to_string(-error));
  gofer::Socket socket(release_, unused_, unused_, buffer);
  socket.open(host, static_cast<std::int32_t>(fd));
  for (ControlCall& call : calls) {
    sent_.push_back(std::move(call));
    if (socket.send_bytes(host, kCallBytes) < 0 || !receive(host, socket))
      throw std::runtime_error("sandbox " + id_ + " ended before it answered a command");
  }
  socket.close(host);
}

}  // namespace isosim::models
