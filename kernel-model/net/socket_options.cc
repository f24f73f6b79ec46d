// getsockopt(2), setsockopt(2): options that change what the model does, and memory for the rest.
#include <algorithm>

#include "kernel-model/misc/credentials.h"
#include "kernel-model/net/socket_wait.h"

namespace isosim::kernel {

namespace {

enum Level { kIp = 0, kSocketLevel = 1, kTcp = 6, kUdp = 17, kIpv6 = 41, kNetlink = 270 };
enum Name {
  kType = 3,
  kError = 4,
  kSendBuffer = 7,
  kReceiveBuffer = 8,
  kReceiveTimeout = 20,
  kSendTimeout = 21,
  kAcceptsConnections = 30,
  kSendBufferForce = 32,
  kReceiveBufferForce = 33,
  kProtocol = 38,
  kDomain = 39
};

bool knows_level(const Socket& s, int level) {
  const bool inet = s.family == af::inet || s.family == af::inet6;
  switch (level) {
    case kSocketLevel:
      return true;
    case kIp:
      return inet;
    case kIpv6:
      return s.family == af::inet6;
    case kTcp:
      return inet && s.is_stream();
    case kUdp:
      return inet && s.type == sock_type::dgram;
    case kNetlink:
      return s.family == af::netlink;
    default:
      return false;
  }
}

std::int64_t wrong_level(const Socket& s) { return s.family == af::unix_ ? -EOPNOTSUPP_ : -ENOPROTOOPT_; }

}  // namespace

std::uint64_t Socket::option_value(int level, int name) const {
  const auto found = options_.find({level, name});
  return found == options_.end() ? 0 : found->second;
}

std::int64_t Socket::set_option(Kernel& k, Thread& t, int level, int name, std::uint64_t value) {
  t.charge(k.ipc->net.paths.set_option);
  if (!knows_level(*this, level)) return wrong_level(*this);
  constexpr std::uint64_t kDefaultLargest = 212992;         // net.core.wmem_max, rmem_max
  constexpr std::uint64_t kLargestForced = (1u << 30) - 1;  // an int after doubling
  constexpr std::uint64_t kSmallestSend = 4608, kSmallestReceive = 2304;
  if (level == kSocketLevel) {
    switch (name) {
      case kType:
      case kError:
      case kAcceptsConnections:
      case kProtocol:
      case kDomain:
        return -ENOPROTOOPT_;
      case kSendBufferForce:
      case kReceiveBufferForce:
        if (!capable(*t.process, Cap::net_admin)) return -EPERM_;
        break;
      default:
        break;
    }
    const bool forced = name == kSendBufferForce || name == kReceiveBufferForce;
    const std::uint64_t largest = forced ? kLargestForced : kDefaultLargest;
    switch (name) {
      // The kernel doubles what is asked for, since its own structures count too.
      case kSendBuffer:
      case kSendBufferForce:
        send_buffer_ = std::max(std::min(value, largest) * 2, kSmallestSend);
        write_space(k, &t);
        return 0;
      case kReceiveBuffer:
      case kReceiveBufferForce:
        receive_buffer_ = std::max(std::min(value, largest) * 2, kSmallestReceive);
        return 0;
      case kReceiveTimeout:
      case kSendTimeout: {
        const sim::Time span =
            value == 0 ? sim::Time::max() : sim::nanoseconds(static_cast<std::int64_t>(value));
        (name == kReceiveTimeout ? receive_timeout_ : send_timeout_) = span;
        return 0;
      }
      default:
        break;
    }
  }
  options_[{level, name}] = value;
  return 0;
}

std::int64_t Socket::get_option(Kernel& k, Thread& t, int level, int name, std::uint64_t& value) {
  t.charge(k.ipc->net.paths.get_option);
  if (!knows_level(*this, level)) return wrong_level(*this);
  value = option_value(level, name);
  if (level != kSocketLevel) return 0;
  switch (name) {
    case kType:
      value = static_cast<std::uint64_t>(type);
      break;
    case kError:
      value = static_cast<std::uint64_t>(take_error());
      break;
    case kSendBuffer:
      value = send_buffer_;
      break;
    case kReceiveBuffer:
      value = receive_buffer_;
      break;
    case kAcceptsConnections:
      value = state == SocketState::listening;
      break;
    case kProtocol:
      value = static_cast<std::uint64_t>(protocol);
      break;
    case kDomain:
      value = static_cast<std::uint64_t>(family);
      break;
    default:
      break;
  }
  return 0;
}

}  // namespace isosim::kernel
