// The client's channels of shared memory (pkg/p9/client.go, transport_flipcall.go of release-20200127.0).
#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/net/socket.h"
#include "models/gofer/client.h"

namespace isosim::models::gofer {

namespace {

constexpr std::int64_t kChannelBroken = -kernel::EIO_;

void close_descriptor(go::G& g, std::int32_t fd) {
  kernel::Sys sys;
  sys.nr = kernel::nr::close;
  sys.arg[0] = static_cast<std::uint64_t>(fd);
  g.call(sys);
}

}  // namespace

std::int64_t Client::open_channel(go::G& g, std::uint32_t id) {
  p9::Rchannel window, descriptors;
  std::vector<Channel*> none;
  none.swap(free_channels_);  // these two go by the socket
  std::int64_t error = rpc(g, p9::Tchannel{id, 0}, window);
  if (error == 0) error = rpc(g, p9::Tchannel{id, 1}, descriptors);
  none.swap(free_channels_);
  if (error == 0 && (window.fd < 0 || descriptors.fd < 0)) error = kChannelBroken;
  if (error == 0) {
    Channel& channel = channels_.emplace_back(
        Channel{Endpoint(Endpoint::Side::client, connection_.windows[id]), descriptors.fd});
    error = channel.data.map(g, window.fd, window.offset);
    if (error == 0) free_channels_.push_back(&channel);
  }
  if (window.fd >= 0) close_descriptor(g, window.fd);
  return error;
}

std::int64_t Client::exchange_by_channel(go::G& g, Channel& channel, const p9::Frame& request,
                                         std::uint32_t scalars, Pending& pending) {
  if (!channel.connected) {
    channel.connected = true;
    if (channel.data.connect(g) != 0) return kChannelBroken;
  }
  PacketWindow& window = channel.data.window;
  g.charge(channel_send_path_, scalars);
  copy_payload(g, request.data);
  window.packet = packet_of(request, false);
  pending.request_bytes = window.packet.size();
  if (channel.data.send_receive(g) != 0) return kChannelBroken;
  Packet answer;
  std::uint32_t fields = 0;
  if (!open_packet(window.packet, answer)) return kChannelBroken;
  pending.bytes = window.packet.size();
  copy_payload(g, window.packet.data);
  const std::string wrong = decode({0, answer.type, 0}, answer.body, window.packet.data, pending, fields);
  g.charge(channel_receive_path_, fields);
  if (answer.has_fd) {
    const std::int64_t fd = receive_fd(g, channel.fds, buffer_);
    if (fd >= 0 && pending.takes_fd)
      pending.fd = static_cast<std::int32_t>(fd);
    else if (fd >= 0)
      close_descriptor(g, static_cast<std::int32_t>(fd));
  }
  return wrong.empty() ? 0 : kChannelBroken;
}

// Waits for the connection's end, and lets go of who waits in a channel then.
void Client::watch(go::G& g) {
  const kernel::PollFd fd{socket_.fd(), kernel::poll_bit::hup | kernel::poll_bit::rdhup, 0};
  for (;;) {
    kernel::Sys sys;
    sys.nr = kernel::nr::ppoll;
    sys.arg = {buffer_, 1, 0, 0, 0};
    sys.at[0] = std::span<const kernel::PollFd>(&fd, 1);
    const std::int64_t result = g.call(sys);
    if (result != -kernel::EINTR_ && result != -kernel::EAGAIN_) break;
  }
  hung_up_ = true;
  free_channels_.clear();
  for (Channel& channel : channels_)
    if (channel.active) channel.data.shutdown(g);
  watcher_ = &g;
  while (active_channels_ > 0) g.park();
  watcher_ = nullptr;
  for (Channel& channel : channels_) {
    close_descriptor(g, channel.fds);
    channel.data.unmap(g);
  }
  socket_.close(g);
}

}  // namespace isosim::models::gofer
