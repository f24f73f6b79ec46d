// Reading from and writing to sockets, as far as the families agree.
#include <algorithm>

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/net/socket_wait.h"

namespace isosim::kernel {

std::int64_t Socket::receive_verdict() const {
  if (error != 0) return -error;
  if (receive_closed) return 0;
  if (state == SocketState::unconnected && type != sock_type::dgram && type != sock_type::raw)
    return family == af::unix_ ? -EINVAL_ : -ENOTCONN_;
  if (state == SocketState::listening) return family == af::unix_ ? -EINVAL_ : -ENOTCONN_;
  return 1;
}

std::int64_t Socket::receive(Kernel& k, Thread& t, SocketIo& io) {
  const sim::Time until = deadline(t, receive_timeout_);
  std::uint64_t done = 0;
  for (;;) {
    if (!queue_.empty()) {
      t.charge(costs.receive);
      if (queue_.empty()) continue;  // another reader was faster
      const std::int64_t count = take(k, t, io, io.length - done);
      if (!is_stream() || (io.flags & msg_flag::peek)) return count;
      done += static_cast<std::uint64_t>(count);
      if (done == io.length || !io.rights.empty()) return static_cast<std::int64_t>(done);
      continue;
    }
    if (done > 0 && !(io.flags & msg_flag::waitall)) return static_cast<std::int64_t>(done);
    std::int64_t result = receive_verdict();
    if (result == 1) {
      if (nonblocking(io)) {
        result = -EAGAIN_;
      } else {
        t.charge(k.ipc->paths.wait_sleep);
        result = wait_interruptible(
            k, t, wait, poll_bit::readable | poll_bit::err | poll_bit::hup | poll_bit::rdhup, !is_stream(),
            [&] { return !queue_.empty() || receive_verdict() != 1; }, until);
        if (result == 0) continue;
      }
    } else if (result < 0 && error != 0) {
      take_error();
    }
    return done > 0 ? static_cast<std::int64_t>(done) : result;
  }
}

std::int64_t Socket::take(Kernel& k, Thread& t, SocketIo& io, std::uint64_t wanted) {
  const Packet& packet = queue_.front();
  const std::uint64_t left = packet.length - packet.consumed;
  const std::uint64_t count = std::min(wanted, left);
  const std::uint64_t result = !is_stream() && (io.flags & msg_flag::trunc) ? left : count;
  if (io.from) *io.from = packet.from ? *packet.from : remote;
  const std::uint64_t at = packet.offset + packet.consumed;
  if (io.flags & msg_flag::peek) {
    k.cpu.copy(*t.task, IpcState::object(number), at, count);
    return static_cast<std::int64_t>(result);
  }
  // Taken before the copy is paid for, so that two readers never get the same bytes.
  Packet& front = queue_.front();
  std::move(front.rights.begin(), front.rights.end(), std::back_inserter(io.rights));
  front.rights.clear();
  if (is_stream() && count < left) {
    front.consumed += count;
    queued_ -= count;
  } else {
    queued_ -= left;
    drop_front(k, &t);
  }
  k.cpu.copy(*t.task, IpcState::object(number), at, count);
  return static_cast<std::int64_t>(result);
}

void Socket::drop_front(Kernel& k, Thread* t) {
  const Packet packet = std::move(queue_.front());
  queue_.pop_front();
  queued_truesize_ -= packet.truesize;
  settle(k, t, packet);
}

// Whatever a peer outside is sent leaves at once and is acknowledged as far as its window goes.
std::int64_t Socket::send_outside(Kernel& k, Thread& t, const SocketIo& io) {
  std::uint64_t done = 0;
  do {
    const std::int64_t result = wait_to_send(k, t, io, [&] { return window_ > 0; });
    if (result < 0) return done > 0 ? static_cast<std::int64_t>(done) : result;
    std::uint64_t chunk = io.length - done;
    if (is_stream()) chunk = std::min({chunk, costs.segment_bytes, window_});
    t.charge(done == 0 ? costs.transmit : costs.segment);
    if (chunk > 0 && !io.pages)
      k.cpu.copy(*t.task, IpcState::object(number), 1u << 30, chunk, cpu::Copy::to_kernel);
    if (window_ != ~0ull) window_ -= std::min(window_, chunk);
    done += chunk;
  } while (done < io.length);
  return static_cast<std::int64_t>(done);
}

std::int64_t Socket::await_connection(Kernel& k, Thread& t, bool nonblock) {
  if (verdict_) {
    error = *verdict_;
    state = error == 0 ? SocketState::connected : SocketState::unconnected;
    verdict_.reset();
    return error != 0 ? -take_error() : 0;
  }
  if (nonblock || (flags & open_flag::nonblock)) return -EINPROGRESS_;
  t.charge(k.ipc->paths.wait_sleep);
  const std::int64_t result = wait_interruptible(
      k, t, wait, WaitQueue::any, false, [&] { return state != SocketState::connecting; },
      deadline(t, send_timeout_));
  if (result < 0) return result == -EAGAIN_ ? -EINPROGRESS_ : result;
  return error != 0 ? -take_error() : 0;
}

std::int64_t Socket::read(Kernel& k, Thread& t, const Io& io) {
  SocketIo request;
  request.length = io.length;
  request.nonblock = io.nonblock;
  const std::int64_t result = receive(k, t, request);
  for (Ref<File>& file : request.rights) put_file(k, t, std::move(file));  // read() has no place for them
  return result;
}

std::int64_t Socket::write(Kernel& k, Thread& t, const Io& io) {
  SocketIo request;
  request.length = io.length;
  request.nonblock = io.nonblock;
  request.pages = io.buffer == 0;
  return send(k, t, request);
}

// sock_ioctl(): who gets SIGIO, the stamp of the last packet, and the network's interfaces.
std::int64_t Socket::owner_ioctl(std::uint64_t request, Out& out) const {
  enum : std::uint64_t {
    set_owner = 0x8901,  // FIOSETOWN
    set_group = 0x8902,  // SIOCSPGRP
    get_owner = 0x8903,  // FIOGETOWN
    get_group = 0x8904,  // SIOCGPGRP
    get_stamp = 0x8906,  // SIOCGSTAMP
    get_stamp_ns = 0x8907,
    list_interfaces = 0x8912  // SIOCGIFCONF
  };
  constexpr std::uint64_t kInterfaceBytes = 40;  // struct ifreq
  switch (request) {
    case set_owner:
    case set_group:
      return 0;
    case get_owner:
    case get_group:
      out.value = 0;  // nobody: F_SETOWN is not modelled either
      return 0;
    case get_stamp:
    case get_stamp_ns:
      return -ENOENT_;  // stamping begins with the first question
    case list_interfaces:
      out.value = kInterfaceBytes;  // lo
      return 0;
    default:
      return -ENOTTY_;
  }
}

std::int64_t Socket::ioctl(Kernel&, Thread&, std::uint64_t request, std::uint64_t, Out& out) {
  constexpr std::uint64_t kFionread = 0x541B, kSiocoutq = 0x5411;
  if (request == kFionread) {
    if (state == SocketState::listening) return -EINVAL_;
    out.value = is_stream() || queue_.empty() ? queued_ : queue_.front().length;
    return 0;
  }
  if (request == kSiocoutq) {
    if (state == SocketState::listening && is_stream()) return -EINVAL_;
    out.value = budget_->used;
    return 0;
  }
  return owner_ioctl(request, out);
}

}  // namespace isosim::kernel
