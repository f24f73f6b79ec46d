#include "models/gofer/unet.h"

#include <algorithm>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/net/socket.h"

namespace isosim::models::gofer {

using kernel::IoVec;
using kernel::Sys;
namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kGetFlags = 3, kSetFlags = 4;  // fcntl
// Where in the buffer the calls' structures lie.
constexpr std::uint64_t kPollFds = 0, kMessage = 64, kHeader = 128, kFixed = 192, kPayload = 2048;

Sys make(kernel::SysNr number, std::initializer_list<std::uint64_t> args) {
  Sys sys;
  sys.nr = number;
  std::copy(args.begin(), args.end(), sys.arg.begin());
  return sys;
}

std::uint64_t u64(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace

std::int64_t Socket::open(HostCalls& host, std::int32_t fd) {
  fd_ = fd;
  Sys get = make(nr::fcntl, {u64(fd), kGetFlags, 0});
  const std::int64_t flags = host.call(get);
  if (flags < 0) return flags;
  Sys set = make(nr::fcntl, {u64(fd), kSetFlags, u64(flags) | kernel::open_flag::nonblock});
  if (const std::int64_t error = host.call(set); error < 0) return error;
  Sys event = make(nr::eventfd2, {0, 0});
  const std::int64_t made = host.call(event);
  event_fd_ = static_cast<std::int32_t>(made);
  return std::min<std::int64_t>(made, 0);
}

std::int64_t Socket::wait(HostCalls& host, std::uint16_t events) {
  using namespace kernel;
  const std::array<PollFd, 2> fds{{{fd_, events, 0}, {event_fd_, poll_bit::in, 0}}};
  for (;;) {
    Sys sys = ppoll_ ? make(nr::ppoll, {buffer_ + kPollFds, fds.size(), 0, 0, 0})
                     : make(nr::poll, {buffer_ + kPollFds, fds.size(), ~std::uint64_t{0}});
    sys.at[0] = std::span<const PollFd>(fds);
    const std::int64_t result = host.call(sys);
    if (result == -EINTR_) continue;
    if (result < 0) return result;
    for (const PollFd& ready : sys.out.polled)
      if (ready.fd == event_fd_ && (ready.revents & poll_bit::in)) return -EBADF_;  // errClosing
    return 0;
  }
}

std::int64_t Socket::send(HostCalls& host, const p9::Frame& frame, std::int32_t donated) {
  using namespace kernel;
  constexpr std::uint64_t kFlags = msg_flag::dontwait | msg_flag::nosignal;
  if (fd_ < 0) return -EBADF_;
  out_.push(frame);
  const std::uint64_t total = frame.size(), body = frame.bytes.size() - p9::kHeaderBytes;
  Sys sys = make(nr::sendmsg, {u64(fd_), buffer_ + kMessage, kFlags});
  auto& message = sys.at[1].emplace<MessageHeader>();
  if (donated >= 0) message.fds = {donated};
  for (std::uint64_t sent = 0; sent < total;) {
    message.iov.clear();
    message.iov.reserve(3);
    std::uint64_t skip = sent;
    for (const IoVec part : {IoVec{buffer_ + kHeader, p9::kHeaderBytes}, IoVec{buffer_ + kFixed, body},
                             IoVec{buffer_ + kPayload, frame.data}}) {
      const std::uint64_t gone = std::min(skip, part.length);
      skip -= gone;
      if (part.length > gone) message.iov.push_back({part.base + gone, part.length - gone});
    }
    const std::int64_t result = host.raw_call(sys);
    if (result == -EINTR_) continue;
    if (result == -EAGAIN_) {
      if (const std::int64_t error = wait(host, poll_bit::out)) return error;
      continue;
    }
    if (result < 0) return result;
    sent += u64(result);
    message.fds.clear();
  }
  return 0;
}

// Returns a count, or a negative errno.
std::int64_t Socket::receive(HostCalls& host, std::span<const IoVec> to, std::vector<std::int32_t>* fds) {
  using namespace kernel;
  constexpr std::uint64_t kFlags = msg_flag::dontwait | msg_flag::trunc;
  if (fd_ < 0) return -EBADF_;
  Sys sys = make(nr::recvmsg, {u64(fd_), buffer_ + kMessage, kFlags});
  sys.at[1].emplace<MessageHeader>().iov.assign(to.begin(), to.end());
  for (;;) {
    const std::int64_t result = host.raw_call(sys);
    if (result == -EINTR_) continue;
    if (result == -EAGAIN_) {
      if (const std::int64_t error = wait(host, poll_bit::in)) return error;
      continue;
    }
    if (fds) *fds = std::move(sys.out.received_fds);
    return result == 0 ? -EPIPE_ : result;
  }
}

std::int64_t Socket::receive_header(HostCalls& host, p9::Header& header, std::vector<std::int32_t>& fds) {
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < p9::kHeaderBytes) {
    const IoVec to{buffer_ + kHeader + bytes.size(), p9::kHeaderBytes - bytes.size()};
    const std::int64_t result = receive(host, {&to, 1}, bytes.empty() ? &fds : nullptr);
    if (result < 0) return result;
    in_.take(u64(result), bytes);
  }
  header = p9::read_header(bytes);
  return 0;
}

std::int64_t Socket::receive_body(HostCalls& host, std::uint64_t count, std::uint64_t fixed,
                                  p9::Frame& frame) {
  frame.bytes.clear();
  frame.data = 0;
  for (std::uint64_t got = 0; got < count;) {
    const std::uint64_t first = got < fixed ? fixed - got : 0;
    std::array<IoVec, 2> to{{{buffer_ + kFixed, first}, {buffer_ + kPayload, count - got - first}}};
    const std::span parts(to);
    const std::int64_t result = receive(host,
                                        first == 0             ? parts.last(1)
                                        : first == count - got ? parts.first(1)
                                                               : parts,
                                        nullptr);
    if (result < 0) return result;
    got += u64(result);
    frame.data += in_.take(u64(result), frame.bytes);
  }
  return 0;
}

std::int64_t Socket::send_bytes(HostCalls& host, std::uint64_t count) {
  using namespace kernel;
  Sys sys = make(nr::sendmsg, {u64(fd_), buffer_ + kMessage, msg_flag::dontwait | msg_flag::nosignal});
  sys.at[1].emplace<MessageHeader>().iov = {{buffer_ + kPayload, count}};
  for (;;) {
    const std::int64_t result = host.raw_call(sys);
    if (result != -EAGAIN_) return result;
    if (const std::int64_t error = wait(host, poll_bit::out)) return error;
  }
}

std::int64_t Socket::receive_bytes(HostCalls& host, std::uint64_t most) {
  const IoVec to{buffer_ + kPayload, most};
  return receive(host, {&to, 1}, nullptr);
}

std::int64_t Socket::close(HostCalls& host) {
  constexpr std::uint64_t kBothWays = 2;
  if (fd_ < 0) return -kernel::EBADF_;
  Sys shut = make(nr::shutdown, {u64(fd_), kBothWays});
  host.call(shut);
  Sys signal = make(nr::write, {u64(event_fd_), buffer_ + kFixed, 8});
  host.call(signal);
  Sys event = make(nr::close, {u64(event_fd_)});
  host.call(event);
  Sys last = make(nr::close, {u64(fd_)});
  fd_ = event_fd_ = -1;
  return host.call(last);
}

}  // namespace isosim::models::gofer
