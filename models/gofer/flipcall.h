// Messages through shared memory (pkg/flipcall of release-20200127.0): a packet in a window that both sides
// map, and a word that says whose turn it is and that they wait on by futex.
#pragma once

#include <cstdint>
#include <span>

#include "models/go/sync.h"
#include "models/gofer/p9/codec.h"

namespace isosim::models::gofer {

// What lies in the shared pages.
struct PacketWindow {
  static constexpr std::uint32_t client_active = 0, server_active = 1, shut_down = 2;
  std::uint32_t state = client_active;
  p9::Frame packet;  // type u8 | has a descriptor u8 | body, as the side wrote it whose turn ended
};

class Endpoint {
 public:
  enum class Side : std::uint8_t { client, server };
  Endpoint(Side side, PacketWindow& its_window)
      : window(its_window),
        active_(side == Side::client ? PacketWindow::client_active : PacketWindow::server_active),
        inactive_(side == Side::client ? PacketWindow::server_active : PacketWindow::client_active) {}

  // The window's bytes (transport_flipcall.go: room for the largest message), in whole pages.
  static constexpr std::uint64_t window_bytes = (2 + 16 + 2 + (1u << 20) + 4095) / 4096 * 4096;

  PacketWindow& window;

  // 0 or a negative errno.
  std::int64_t map(HostCalls& host, std::int32_t fd, std::uint64_t offset);
  void unmap(HostCalls& host);

  // All of these return 0, or -EIO once either side is shut down.
  std::int64_t connect(go::G& g);        // client: before its first message
  std::int64_t receive_first(go::G& g);  // server: the client's first message
  std::int64_t send_receive(
      go::G& g);            // gives the turn with the packet in the window, takes it with the answer
  void shutdown(go::G& g);  // from another goroutine: wakes who waits here

 private:
  std::int64_t wait_for_turn(go::G& g);
  std::int64_t give_turn(go::G& g);
  std::int64_t take_turn(go::G& g);
  void shut_connection(go::G& g);
  void set_state(HostCalls& host, std::uint32_t state);
  void wake(HostCalls& host, std::uint64_t count);

  std::uint32_t active_, inactive_;
  kernel::Address address_ = 0;
  bool blocked_ = false, shutdown_ = false;
};

// A packet of a message, and back.
p9::Frame packet_of(const p9::Frame& message, bool has_fd);
struct Packet {
  std::uint8_t type = 0;
  bool has_fd = false;
  std::span<const std::uint8_t> body;
};
// False if it is too short to be one.
bool open_packet(const p9::Frame& packet, Packet& out);

// Descriptors beside the packets (pkg/fdchannel). 0 or a negative errno; receiving gives the descriptor.
std::int64_t send_fd(HostCalls& host, std::int32_t socket, std::int32_t fd, kernel::Address buffer);
std::int64_t receive_fd(HostCalls& host, std::int32_t socket, kernel::Address buffer);

// Go's copy() of file contents into or out of a window.
void copy_payload(go::G& g, std::uint64_t bytes);

// How many channels a client opens and a server serves: by the CPUs that the process may use.
std::uint32_t channels_for(const kernel::Thread& thread);

}  // namespace isosim::models::gofer
