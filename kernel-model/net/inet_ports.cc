// Which sockets share a port, and which of them a segment reaches.
#include <algorithm>

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/kernel.h"
#include "kernel-model/net/inet_socket.h"

namespace isosim::kernel {

namespace {

constexpr int kSolSocket = 1, kReuseAddress = 2, kReusePort = 15;
constexpr int kSolIpv6 = 41, kIpv6Only = 26;  // IPV6_V6ONLY

// An address as IPv6 has it: those of IPv4 are mapped into it.
struct Place {
  bool ipv4, any;
  std::string_view text;
};

Place place(int family, std::string_view host) {
  constexpr std::string_view kMapped = "::ffff:";
  const bool mapped = host.starts_with(kMapped);
  if (mapped) host.remove_prefix(kMapped.size());
  const bool ipv4 = mapped || family == af::inet;
  return {ipv4, host.empty() || host == (ipv4 ? "0.0.0.0" : "::"), host};
}

}  // namespace

bool InetSocket::reuses(int option) const { return option_value(kSolSocket, option) != 0; }

bool InetSocket::only_ipv6() const { return option_value(kSolIpv6, kIpv6Only) != 0; }

// ipv6_rcv_saddr_equal()
bool InetSocket::shares_address(const InetSocket& other) const {
  const Place own = place(family, local.host), its = place(other.family, other.local.host);
  if (own.ipv4 && its.ipv4) return own.any || its.any || own.text == its.text;
  if (!its.ipv4 && its.any && !(other.only_ipv6() && own.ipv4)) return true;
  if (!own.ipv4 && own.any && !(only_ipv6() && its.ipv4)) return true;
  return own.ipv4 == its.ipv4 && own.text == its.text;
}

// inet_csk_bind_conflict(), inet6_csk_bind_conflict(); udp_lib_lport_inuse() asks the same, and nobody
// listens there.
bool InetSocket::port_in_use(const NetState& net, std::uint16_t port) const {
  const auto bound = net.ports.find({type, port});
  if (bound == net.ports.end()) return false;
  return std::any_of(bound->second.begin(), bound->second.end(), [&](const InetSocket* other) {
    const bool shared =
        (reuses(kReuseAddress) && other->reuses(kReuseAddress) && other->state != SocketState::listening) ||
        (reuses(kReusePort) && other->reuses(kReusePort));
    return other != this && !shared && shares_address(*other);
  });
}

// inet_csk_get_port(), udp_lib_get_port()
std::int64_t InetSocket::take_port(Kernel& k, std::uint16_t port) {
  NetState& net = k.ipc->net;
  if (port == 0) port = net.ephemeral_port(type);
  if (port == 0 || port_in_use(net, port)) return -EADDRINUSE_;
  net.ports[{type, port}].push_back(this);
  local.port = port;
  bound_ = true;
  return 0;
}

void InetSocket::leave_port(NetState& net) {
  const auto bound = net.ports.find({type, local.port});
  if (bound == net.ports.end()) return;
  std::erase(bound->second, this);
  if (bound->second.empty()) net.ports.erase(bound);
}

// compute_score() of net/ipv4 and net/ipv6: whoever is bound to the address itself comes before others, a
// socket of IPv4 before one of IPv6, and of equals the one that came last.
InetSocket* InetSocket::bound_to(const NetState& net, int type, const SocketAddress& name) {
  const auto bound = net.ports.find({type, name.port});
  if (bound == net.ports.end()) return nullptr;
  Place to = place(name.family, name.host);
  if (to.any) to.text = to.ipv4 ? "127.0.0.1" : "::1";
  InetSocket* best = nullptr;
  int best_score = 0;
  for (InetSocket* socket : bound->second) {
    if (type == sock_type::stream && socket->state != SocketState::listening) continue;
    const Place at = place(socket->family, socket->local.host);
    const bool any = at.any && (at.ipv4 == to.ipv4 || (to.ipv4 && !socket->only_ipv6()));
    const bool itself = at.ipv4 == to.ipv4 && at.text == to.text;
    if (!any && !itself) continue;
    const int score = (itself ? 4 : 0) + (socket->family == af::inet ? 2 : 1);
    if (score >= best_score) best = socket, best_score = score;
  }
  return best;
}

}  // namespace isosim::kernel
