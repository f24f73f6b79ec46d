// Pipes and sockets: who is at the other end.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "traces/infer_walk.h"
#include "traces/structure.h"

namespace isosim::traces::infer {

namespace {

constexpr std::size_t kNobody = ~std::size_t{0};
constexpr std::string_view kAnyPort = "inet:0";

// One text for an address, so that connect and listen meet: "unix:/path", "unix:@name", "inet:port". Ports
// are compared without hosts: a server often listens on all of them.
std::string address_of(std::string_view structure) {
  std::string text;
  const std::string_view path = field(structure, "sun_path");
  if (!path.empty()) {
    const bool abstract = path.front() == '@';
    if (!string(abstract ? path.substr(1) : path, text)) return {};
    return (abstract ? "unix:@" : "unix:") + text;
  }
  std::string_view port = field(structure, "sin_port");
  if (port.empty()) port = field(structure, "sin6_port");
  if (port.empty()) return {};
  const std::size_t open = port.find('('), close = port.find(')');  // htons(8099)
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  return "inet:" + std::string(port.substr(open + 1, close - open - 1));
}

}  // namespace

void Walk::pair_call(const Event& e, int fds_arg, OpenKind kind, std::uint64_t flags) {
  if (!succeeded(e) || fds_arg >= e.argc) return;
  const ChannelId channel = next_channel_++;
  std::uint8_t side = 0;
  for (const Field element : elements(e.args[fds_arg].text)) {
    const auto fd = integer(element.value);
    if (!fd || side > 1) break;
    auto open = processes.open(kind, here(e));
    open->channel = channel;
    open->side = side;
    open->flags =
        static_cast<std::uint32_t>(kind == OpenKind::pipe ? (side == 0 ? O_RDONLY : O_WRONLY) : O_RDWR);
    if (kind == OpenKind::socket && side == 0) {
      socket_by_serial_[open->serial] = sockets.size();
      sockets.push_back({here(e), true, false});
    }
    install(e, *fd, std::move(open), (flags & O_CLOEXEC) != 0);
    ++side;
  }
}

void Walk::touch_arrivals(Backlog& backlog, bool connects, bool came) {
  if (backlog.arrivals == kNone) backlog.arrivals = next_channel_++;
  touch(Touch::Kind::channel, std::uint64_t{backlog.arrivals} * 2, connects, came ? 1 : 0, !came);
}

void Walk::touch_address(const std::string& address, bool change) {
  if (address.empty() || address == kAnyPort || !record_touches) return;
  Backlog& backlog = addresses_[address];
  if (backlog.id == 0) backlog.id = addresses_.size();
  touch(Touch::Kind::address, backlog.id, change);
}

void Walk::release(const Description& open) {
  released.push_back(open.serial);
  touch_address(open.address, true);
}

void Walk::connect_call(const Event& e, Description& open) {
  const std::string_view structure = e.argc > 1 ? e.args[1].text : std::string_view{};
  const std::string address = address_of(structure);
  if (address.starts_with("unix:/")) {
    const Found found = lookup_from(e, Names::root, std::string_view(address).substr(5), true);
    answered(e, found);
  } else if (address.starts_with("unix:") && !address.starts_with("unix:@")) {
    answered(e, lookup_from(e, fs(e.tid).directory, std::string_view(address).substr(5), true));
  }
  if (succeeded(e) || e.error == EINPROGRESS || e.error == ECONNREFUSED) touch_address(address, false);
  if (!succeeded(e) && e.error != EINPROGRESS) return;
  const auto socket = socket_by_serial_.find(open.serial);
  const auto listener = addresses_.find(address);
  const bool inside = listener != addresses_.end() && listener->second.listening;
  if (socket != socket_by_serial_.end())
    (inside ? sockets[socket->second].inside : sockets[socket->second].outside) = true;
  if (!inside) return;
  open.channel = next_channel_++;
  open.side = 0;
  Backlog& backlog = listener->second;
  touch_arrivals(backlog, true, true);
  std::erase_if(backlog.accepting, [&](const Backlog::Accepting& a) { return a.end_ns < e.start_ns; });
  if (backlog.accepting.empty()) {
    backlog.waiting.push_back(processes.shared(e.tid, static_cast<std::int32_t>(e.args[0].value)));
    return;
  }
  const Backlog::Accepting met = std::move(backlog.accepting.front());
  backlog.accepting.erase(backlog.accepting.begin());
  met.open->channel = open.channel;
  met.open->side = 1;
  sockets[met.made].inside = true;
  sockets[met.made].outside = false;
  if (met.listener != kNobody) --sockets[met.listener].strangers;
}

void Walk::accept_call(const Event& e, Description& listener, bool close_on_exec) {
  if (!succeeded(e) && e.error != EAGAIN) return;
  const auto backlog = addresses_.find(listener.address);
  const bool expected = backlog != addresses_.end() && !backlog->second.waiting.empty();
  const std::int64_t end_ns = e.start_ns + std::max<std::int64_t>(e.duration_ns, 0);
  if (backlog != addresses_.end()) touch_arrivals(backlog->second, false, succeeded(e));
  if (!succeeded(e)) return;
  auto open = processes.open(OpenKind::socket, here(e));
  open->flags = O_RDWR;
  socket_by_serial_[open->serial] = sockets.size();
  Socket made{here(e), false, false};
  if (expected) {
    open->channel = backlog->second.waiting.front()->channel;
    open->side = 1;
    backlog->second.waiting.erase(backlog->second.waiting.begin());
    made.inside = true;
  } else {
    made.outside = true;
    const auto at = socket_by_serial_.find(listener.serial);
    const std::size_t taker = at == socket_by_serial_.end() ? kNobody : at->second;
    if (taker != kNobody) ++sockets[taker].strangers;
    if (backlog != addresses_.end())
      backlog->second.accepting.push_back({open, sockets.size(), taker, end_ns});
  }
  sockets.push_back(made);
  install_lowest(e, std::move(open), close_on_exec);
}

// SCM_RIGHTS: "cmsg_type=SCM_RIGHTS, cmsg_data=[7]" of a received message. They refer to what some process
// sent; the sender's descriptions are not followed, so these are new ones of unknown kind.
void Walk::received_descriptors(const Event& e, std::string_view message) {
  const std::size_t rights = message.find("SCM_RIGHTS");
  if (rights == std::string_view::npos) return;
  const std::size_t data = message.find("cmsg_data=", rights);
  if (data == std::string_view::npos) return;
  std::string_view list = message.substr(data + 10);
  list = list.substr(0, list.find(']') + 1);
  for (const Field element : elements(list)) {
    const auto fd = integer(element.value);
    if (fd) install(e, *fd, processes.open(OpenKind::unknown, here(e)), false);
  }
}

bool Walk::socket_call(const Event& e) {
  switch (e.nr) {
    case SYS_pipe:
      pair_call(e, 0, OpenKind::pipe, 0);
      break;
    case SYS_pipe2:
      pair_call(e, 0, OpenKind::pipe, number(e, 1));
      break;
    case SYS_socketpair:
      pair_call(e, 3, OpenKind::socket, has_flag(e, 1, SOCK_CLOEXEC) ? O_CLOEXEC : 0);
      break;
    case SYS_socket:
      if (succeeded(e)) {
        auto open = processes.open(OpenKind::socket, here(e));
        open->flags = O_RDWR;
        socket_by_serial_[open->serial] = sockets.size();
        sockets.push_back({here(e), false, false});
        install_lowest(e, std::move(open), has_flag(e, 1, SOCK_CLOEXEC));
      }
      break;
    case SYS_bind:
      if (Description* open = open_file(e, 0); open && e.argc > 1) {
        const std::string address = address_of(e.args[1].text);
        if (succeeded(e)) open->address = address;
        if (succeeded(e) || e.error == EADDRINUSE) touch_address(address, succeeded(e));
        if (succeeded(e) && open->address.starts_with("unix:") && !open->address.starts_with("unix:@")) {
          const Found found =
              lookup_from(e, open->address.starts_with("unix:/") ? Names::root : fs(e.tid).directory,
                          std::string_view(open->address).substr(5), false);
          if (found.dentry != kNone) {
            names.create(found.dentry, NodeKind::socket);
            touch(Touch::Kind::name, found.dentry, true);
          }
        }
      }
      break;
    case SYS_getsockname:
      // A listener on port 0 learns its port.
      if (Description* open = open_file(e, 0);
          open && succeeded(e) && open->channel == kNone && e.argc > 1 && !open->address.empty()) {
        const std::string address = address_of(e.args[1].text);
        if (address.empty() || address == open->address) break;
        if (open->listening) addresses_[address].listening = true;
        open->address = address;
      }
      break;
    case SYS_listen:
      if (Description* open = open_file(e, 0); open && succeeded(e)) {
        open->listening = true;
        if (!open->address.empty() && open->address != kAnyPort) addresses_[open->address].listening = true;
        touch_address(open->address, true);
      }
      break;
    case SYS_connect:
      if (Description* open = open_file(e, 0)) connect_call(e, *open);
      break;
    case SYS_accept:
      if (Description* open = open_file(e, 0)) accept_call(e, *open, false);
      break;
    case SYS_accept4:
      if (Description* open = open_file(e, 0)) accept_call(e, *open, has_flag(e, 3, SOCK_CLOEXEC));
      break;
    case SYS_recvfrom:
    case SYS_sendto:
      if (Description* open = open_file(e, 0)) {
        if (open->channel != kNone) transfer(e, *open, e.nr == SYS_sendto, number(e, 2), std::nullopt);
        if (const auto at = socket_by_serial_.find(open->serial);
            at != socket_by_serial_.end() && open->channel == kNone) {
          sockets[at->second].outside |= succeeded(e);
        }
      }
      break;
    case SYS_recvmsg:
    case SYS_sendmsg:
      if (Description* open = open_file(e, 0)) {
        if (open->channel != kNone) transfer(e, *open, e.nr == SYS_sendmsg, ~0ull, std::nullopt);
        if (e.nr == SYS_recvmsg && succeeded(e) && e.argc > 1) received_descriptors(e, e.args[1].text);
        if (const auto at = socket_by_serial_.find(open->serial);
            at != socket_by_serial_.end() && open->channel == kNone) {
          sockets[at->second].outside |= succeeded(e);
        }
      }
      break;
    case SYS_shutdown:
    case SYS_setsockopt:
    case SYS_getsockopt:
    case SYS_getpeername:
      open_file(e, 0);
      break;
    default:
      return false;
  }
  return true;
}

}  // namespace isosim::traces::infer
