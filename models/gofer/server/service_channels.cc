// Service: messages through shared memory (pkg/p9/server.go, transport_flipcall.go of release-20200127.0).
#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "models/gofer/server/service.h"

namespace isosim::models::gofer {

namespace nr = kernel::nr;

// A goroutine a channel. The memory file doubles until all windows fit (PacketWindowAllocator).
std::int64_t Service::make_channel(go::G& g, std::uint64_t& file_size) {
  constexpr std::uint64_t kPage = 4096, kUnix = 1, kSeqpacket = 5;
  const std::uint64_t offset = channels_.size() * Endpoint::window_bytes;
  if (file_size < offset + Endpoint::window_bytes) {
    file_size = std::max(file_size * 2, kPage);
    while (file_size < offset + Endpoint::window_bytes) file_size *= 2;
    if (const std::int64_t error = files(g).ftruncate(memory_file_, file_size)) return error;
  }
  Channel& channel = channels_.emplace_back(
      Channel{Endpoint(Endpoint::Side::server, connection_.windows.emplace_back()), offset});
  if (const std::int64_t error = channel.data.map(g, memory_file_, offset)) return error;
  kernel::Sys pair;
  pair.nr = nr::socketpair;
  pair.arg = {kUnix, kSeqpacket | kernel::open_flag::cloexec, 0, memory_.scratch};
  if (const std::int64_t error = g.call(pair); error < 0) return error;
  channel.server = pair.out.fds[0];
  channel.client = pair.out.fds[1];
  ++serving_channels_;
  g.runtime.start(g, "gofer channel", [this, &channel](go::G& server) { serve_channel(server, channel); });
  return 0;
}

std::int64_t Service::make_channels(go::G& g) {
  constexpr std::uint64_t kCloexec = 1, kAllowSealing = 2, kAddSeals = 1033, kSealShrink = 2, kSealSeal = 1;
  kernel::Sys create;
  create.nr = nr::memfd_create;
  create.arg = {memory_.scratch, kCloexec | kAllowSealing};
  create.at[0] = std::string_view("flipcall_packet_windows");
  const std::int64_t file = g.call(create);
  if (file < 0) return file;
  memory_file_ = static_cast<std::int32_t>(file);
  kernel::Sys seal;
  seal.nr = nr::fcntl;
  seal.arg = {static_cast<std::uint64_t>(file), kAddSeals, kSealShrink | kSealSeal};
  if (const std::int64_t error = g.raw_call(seal); error < 0) return error;
  std::uint64_t file_size = 0;
  for (std::uint32_t i = 0; i < channels_for(g.thread()); ++i)
    if (const std::int64_t error = make_channel(g, file_size)) return error;
  return 0;
}

p9::Message Service::open_channel(go::G& g, const p9::Tchannel& t) {
  const auto fail = [](std::int64_t error) {
    return p9::Message(p9::Rlerror{static_cast<std::uint32_t>(-error)});
  };
  if (memory_file_ < 0)
    if (const std::int64_t error = make_channels(g)) return fail(error);
  if (t.id >= channels_.size()) return fail(-kernel::ENOSYS_);
  if (t.control > 1) return fail(-kernel::EINVAL_);
  const Channel& channel = channels_[t.id];
  const std::int64_t fd = files(g).dup(t.control == 0 ? memory_file_ : channel.client);
  if (fd < 0) return fail(fd);
  return p9::Rchannel{channel.offset, Endpoint::window_bytes, static_cast<std::int32_t>(fd)};
}

// Handles the packet in the window and puts the answer there. 0, or an error that ends the channel.
std::int64_t Service::answer(go::G& g, Channel& channel) {
  PacketWindow& window = channel.data.window;
  Packet packet;
  if (!open_packet(window.packet, packet)) return -kernel::EIO_;
  copy_payload(g, window.packet.data);
  const p9::Decoded request =
      p9::decode(p9::Header{0, packet.type, p9::kNoTag}, packet.body, window.packet.data);
  if (!request.error.empty()) return -kernel::EIO_;
  const sim::Frame in_profile(*g.task, title_of(request.message));
  const p9::Message reply = server_.handle(g, request.message);
  const std::int32_t donated = descriptor_of(reply);
  if (donated >= 0) {
    if (const std::int64_t error = send_fd(g, channel.server, donated, memory_.scratch)) return error;
    files(g).close(donated);
  }
  p9::Frame frame;
  const std::uint32_t scalars = p9::encode(p9::kNoTag, reply, frame);
  g.charge(paths_.channel, request.scalars + scalars);
  copy_payload(g, frame.data);
  window.packet = packet_of(frame, donated >= 0);
  return 0;
}

void Service::serve_channel(go::G& g, Channel& channel) {
  std::int64_t error = channel.data.receive_first(g);
  while (error == 0) {
    error = answer(g, channel);
    if (error == 0) error = channel.data.send_receive(g);
  }
  if (--serving_channels_ == 0 && stopper_) g.runtime.ready(g, *stopper_);
}

void Service::stop_channels(go::G& g) {
  for (Channel& channel : channels_) channel.data.shutdown(g);
  stopper_ = &g;
  while (serving_channels_ > 0) g.park();
  for (Channel& channel : channels_) {
    files(g).close(channel.server);
    channel.data.unmap(g);
    files(g).close(channel.client);
  }
  if (memory_file_ >= 0) files(g).close(memory_file_);
}

}  // namespace isosim::models::gofer
