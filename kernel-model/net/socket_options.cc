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

// The last option of each level that Linux 4.4 has: SO_ATTACH_BPF, TCP_SAVED_SYN, UDP_NO_CHECK6_RX.
bool newer(int level, int name) {
  constexpr int kLastSocket = 50, kLastTcp = 28, kLastUdp = 102;
  return name < 0 || (level == kSocketLevel && name > kLastSocket) || (level == kTcp && name > kLastTcp) ||
         (level == kUdp && name > kLastUdp);
}

// What do_tcp_setsockopt() takes; 0 or the error.
std::int64_t tcp_value(int name, std::int32_t value, bool closed) {
  enum {
    kMaxSegment = 2,
    kIdle = 4,
    kInterval = 5,
    kCount = 6,
    kSynCount = 7,
    kWindowClamp = 10,
    kInfo = 11
  };
  enum { kUserTimeout = 18, kCongestionInfo = 26, kSavedSyn = 28 };
  const auto within = [value](std::int32_t least, std::int32_t most) {
    return value < least || value > most ? -EINVAL_ : 0;
  };
  switch (name) {
    case kMaxSegment:
      return within(88, 32767);  // TCP_MIN_MSS, MAX_TCP_WINDOW
    case kIdle:
    case kInterval:
      return within(1, 32767);
    case kCount:
    case kSynCount:
      return within(1, 127);
    case kWindowClamp:
      return value == 0 && !closed ? -EINVAL_ : 0;
    case kUserTimeout:
      return value < 0 ? -EINVAL_ : 0;
    case kInfo:
    case kCongestionInfo:
    case kSavedSyn:
      return -ENOPROTOOPT_;  // to be read only
    default:
      return 0;
  }
}

std::int64_t wrong_level(const Socket& s) { return s.family == af::unix_ ? -EOPNOTSUPP_ : -ENOPROTOOPT_; }

}  // namespace

std::uint64_t Socket::option_value(int level, int name) const {
  const auto found = options_.find({level, name});
  return found == options_.end() ? 0 : found->second;
}

std::int64_t Socket::set_option(Kernel& k, Thread& t, int level, int name, std::uint64_t value,
                                std::uint64_t length) {
  constexpr int kBindToDevice = 25, kCongestion = 13, kMtu = 14;  // SO_, TCP_, IP_
  t.charge(k.ipc->net.paths.set_option);
  if (!knows_level(*this, level)) return wrong_level(*this);
  const bool text =
      (level == kSocketLevel && name == kBindToDevice) || (level == kTcp && name == kCongestion);
  if (level != kIp && length < (text ? 1u : sizeof(int))) return -EINVAL_;
  if (newer(level, name) || (level == kIp && name == kMtu)) return -ENOPROTOOPT_;
  if (level == kTcp && !text) {
    const bool closed = state == SocketState::unconnected;
    if (const auto refused = tcp_value(name, static_cast<std::int32_t>(value), closed); refused != 0)
      return refused;
  }
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
  if (newer(level, name)) return -ENOPROTOOPT_;
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
