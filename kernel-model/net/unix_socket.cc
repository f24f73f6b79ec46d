#include "kernel-model/net/unix_socket.h"

#include <algorithm>

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/net/socket_wait.h"
#include "kernel-model/net/unix_name.h"

namespace isosim::kernel {

namespace {

// SKB_MAX_HEAD(0), what one page holds, and UNIX_SKB_FRAGS_SZ
constexpr std::uint64_t kLargestSegment = kBufferPage - kSharedInfo + 32768;

SocketCosts unix_costs(const Kernel& k, int type) {
  const NetPaths& p = k.ipc->net.paths;
  const bool stream = type == sock_type::stream;
  const sim::PathId send = stream ? p.unix_stream_send : p.unix_message_send;
  const sim::PathId receive = stream ? p.unix_stream_recv : p.unix_message_recv;
  return {receive, send, send, send, p.unix_accept, kLargestSegment};
}

}  // namespace

UnixSocket::UnixSocket(Kernel& kernel, int socket_type, int socket_protocol)
    : Socket(kernel, af::unix_, socket_type, socket_protocol, unix_costs(kernel, socket_type)) {}

UnixSocket::~UnixSocket() {
  unwatch_room();
  unfollow();
  for (UnixSocket* watcher : watchers_) watcher->watched_ = nullptr;
  for (UnixSocket* follower : followers_) follower->peer = nullptr;
  room_->gone = true;
}

Ref<Socket> UnixSocket::make_child(Kernel& k) { return Ref<Socket>(new UnixSocket(k, type, protocol)); }

void UnixSocket::pair_with(UnixSocket& other) {
  peer = &other;
  other.peer = this;
  state = other.state = SocketState::connected;
}

std::int64_t UnixSocket::bind(Kernel& k, Thread& t, const SocketAddress& name) {
  if (name.family != af::unix_) return -EINVAL_;
  t.charge(k.ipc->net.paths.unix_bind);
  const bool automatic = name.path.empty();  // unix_autobind()
  if (!bound_.empty()) return automatic ? 0 : -EINVAL_;
  std::string key;
  local = name;
  if (automatic) {
    local.path = key = unix_free_name(k);
  } else if (const std::int64_t result = unix_bind_name(k, t, name.path, key); result < 0) {
    local = {};
    return result;
  }
  bound_ = std::move(key);
  k.ipc->net.unix_names[bound_] = this;
  return 0;
}

std::int64_t UnixSocket::listen(Kernel& k, Thread& t, int its_backlog) {
  t.charge(k.ipc->net.paths.listen);
  if (type == sock_type::dgram) return -EOPNOTSUPP_;
  if (bound_.empty() || state == SocketState::connected) return -EINVAL_;
  constexpr int kMaxConnections = 128;  // net.core.somaxconn
  backlog = its_backlog < 0 || its_backlog > kMaxConnections ? kMaxConnections : its_backlog;
  state = SocketState::listening;
  return 0;
}

std::int64_t UnixSocket::find(Kernel& k, Thread& t, const SocketAddress& name, UnixSocket*& out) {
  if (name.family != af::unix_ || name.path.empty()) return -EINVAL_;
  std::string key;
  if (const std::int64_t result = unix_find_name(k, t, name.path, key); result < 0) return result;
  const auto found = k.ipc->net.unix_names.find(key);
  if (found == k.ipc->net.unix_names.end()) return -ECONNREFUSED_;
  out = static_cast<UnixSocket*>(found->second);
  return out->type == type ? 0 : -EPROTOTYPE_;
}

std::int64_t UnixSocket::connect(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock) {
  t.charge(k.ipc->net.paths.unix_connect);
  if (outside) {
    if (state == SocketState::connected) return -EISCONN_;
    state = SocketState::connecting;
    remote = name;
    const std::int64_t result = await_connection(k, t, nonblock);
    if (result == 0) return 0;
    state = SocketState::unconnected;  // connect() of this family never leaves a connection half made
    return result == -EINPROGRESS_ ? -EAGAIN_ : result;
  }
  if (type != sock_type::dgram) return connect_stream(k, t, name, nonblock);
  UnixSocket* other = nullptr;
  if (const std::int64_t result = find(k, t, name, other); result < 0) return result;
  follow(*other);
  remote = name;
  state = SocketState::connected;
  return 0;
}

std::int64_t UnixSocket::connect_stream(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock) {
  if (state == SocketState::connected) return -EISCONN_;
  if (state == SocketState::listening) return -EINVAL_;
  for (;;) {
    UnixSocket* listener = nullptr;
    if (const std::int64_t result = find(k, t, name, listener); result < 0) return result;
    if (listener->state != SocketState::listening || listener->receive_closed) return -ECONNREFUSED_;
    if (listener->pending.size() <= static_cast<std::size_t>(listener->backlog)) {
      const HeldFile kept(t, listener);
      const Ref<Socket> child = listener->make_child(k);
      static_cast<UnixSocket&>(*child).pair_with(*this);
      child->local = listener->local;
      remote = listener->local;
      listener->pending.push_back(child);
      listener->wake(k, &t, poll_bit::readable, 1);
      return 0;
    }
    if (nonblock || (flags & open_flag::nonblock)) return -EAGAIN_;
    const HeldFile held(t, listener);
    t.charge(k.ipc->paths.wait_sleep);
    const std::int64_t result = wait_interruptible(k, t, listener->wait, WaitQueue::any, true, [&] {
      return listener->state != SocketState::listening || listener->receive_closed ||
             listener->pending.size() <= static_cast<std::size_t>(listener->backlog);
    });
    if (result < 0) return result;
  }
}

// Unlike TCP, both directions end at once when the peer closes.
void UnixSocket::peer_gone(Kernel& k, Thread* t, int its_error) {
  if (type == sock_type::dgram) {
    peer = nullptr;
    peer_died_ = true;
    state = SocketState::unconnected;
    return;
  }
  send_closed = true;
  Socket::peer_gone(k, t, its_error);
}

void UnixSocket::end(Kernel& k, Thread* t, bool reset) {
  if (t) t->charge(k.ipc->net.paths.unix_release);
  auto& names = k.ipc->net.unix_names;
  if (!bound_.empty()) {
    if (const auto found = names.find(bound_); found != names.end() && found->second == this)
      names.erase(found);
  }
  state = SocketState::unconnected;
  receive_closed = send_closed = true;
  room_->gone = true;
  unwatch_room();
  unfollow();
  for (UnixSocket* follower : std::exchange(followers_, {}))
    if (follower->peer == this) follower->peer_gone(k, t, 0);
  tell_room(k, t);
  if (Socket* other = std::exchange(peer, nullptr); other && other->peer == this)
    other->peer_gone(k, t, reset ? static_cast<int>(ECONNRESET_) : 0);
  wake(k, t, WaitQueue::any);
}

}  // namespace isosim::kernel
