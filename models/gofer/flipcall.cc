#include "models/gofer/flipcall.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/net/socket.h"
#include "kernel-model/process/futex.h"

namespace isosim::models::gofer {

using kernel::Sys;
namespace nr = kernel::nr;

namespace {

constexpr std::int64_t kShutDown = -kernel::EIO_;
constexpr std::uint64_t kFutexWait = 0, kFutexWake = 1;  // not private: the word lies in shared memory

Sys flip_call(kernel::SysNr number, std::initializer_list<std::uint64_t> args) {
  Sys sys;
  sys.nr = number;
  std::copy(args.begin(), args.end(), sys.arg.begin());
  return sys;
}

std::uint64_t wide(std::int64_t value) { return static_cast<std::uint64_t>(value); }

// encoding/json's text of the empty handshake.
void write_handshake(PacketWindow& window) {
  static constexpr std::string_view kText = "{}\n";
  window.packet.bytes.assign(kText.begin(), kText.end());
  window.packet.data = 0;
}

}  // namespace

std::int64_t Endpoint::map(HostCalls& host, std::int32_t fd, std::uint64_t offset) {
  constexpr std::uint64_t kReadWrite = 3, kShared = 1;
  Sys sys = flip_call(nr::mmap, {0, window_bytes, kReadWrite, kShared, wide(fd), offset});
  const std::int64_t result = host.raw_call(sys);
  if (result < 0) return result;
  address_ = wide(result);
  return 0;
}

void Endpoint::unmap(HostCalls& host) {
  Sys sys = flip_call(nr::munmap, {address_, window_bytes});
  host.raw_call(sys);
}

void Endpoint::set_state(HostCalls& host, std::uint32_t state) {
  window.state = state;
  kernel::Thread& thread = host.thread();
  thread.kernel.futexes->store(*thread.process, address_, state);
}

void Endpoint::wake(HostCalls& host, std::uint64_t count) {
  Sys sys = flip_call(nr::futex, {address_, kFutexWake, count, 0, 0, 0});
  host.raw_call(sys);
}

std::int64_t Endpoint::give_turn(go::G& g) {
  if (window.state != active_) return kShutDown;
  set_state(g, inactive_);
  wake(g, 1);
  return 0;
}

std::int64_t Endpoint::take_turn(go::G& g) {
  while (window.state == inactive_) {
    if (shutdown_) return kShutDown;
    Sys sys = flip_call(nr::futex, {address_, kFutexWait, inactive_, 0, 0, 0});
    g.call(sys);
  }
  return window.state == active_ ? 0 : kShutDown;
}

// enterFutexWait() to exitFutexWait().
std::int64_t Endpoint::wait_for_turn(go::G& g) {
  if (shutdown_) return kShutDown;
  blocked_ = true;
  const std::int64_t result = take_turn(g);
  blocked_ = false;
  if (shutdown_) shut_connection(g);
  return result;
}

std::int64_t Endpoint::connect(go::G& g) {
  write_handshake(window);
  if (shutdown_) return kShutDown;
  if (const std::int64_t error = give_turn(g)) return error;
  return wait_for_turn(g);
}

std::int64_t Endpoint::receive_first(go::G& g) {
  if (const std::int64_t error = wait_for_turn(g)) return error;
  write_handshake(window);
  return send_receive(g);
}

std::int64_t Endpoint::send_receive(go::G& g) {
  if (const std::int64_t error = give_turn(g)) return error;
  return wait_for_turn(g);
}

void Endpoint::shut_connection(go::G& g) {
  const std::uint32_t before = window.state;
  set_state(g, PacketWindow::shut_down);
  if (before == active_) wake(g, 1);
}

void Endpoint::shutdown(go::G& g) {
  if (std::exchange(shutdown_, true)) return;
  if (!blocked_) return shut_connection(g);
  // One that is about to wait would miss a single wake.
  while (blocked_) {
    constexpr std::uint64_t kAll = 0x7FFFFFFF;
    wake(g, kAll);
    Sys sys = flip_call(nr::sched_yield, {});
    g.call(sys);
    g.yield();
  }
}

p9::Frame packet_of(const p9::Frame& message, bool has_fd) {
  p9::Frame packet;
  packet.bytes.reserve(message.bytes.size());
  packet.bytes.push_back(p9::read_header(message.bytes).type);
  packet.bytes.push_back(has_fd ? 1 : 0);
  packet.bytes.insert(packet.bytes.end(), message.bytes.begin() + p9::kHeaderBytes, message.bytes.end());
  packet.data = message.data;
  return packet;
}

bool open_packet(const p9::Frame& packet, Packet& out) {
  constexpr std::size_t kPrefix = 2;
  if (packet.bytes.size() < kPrefix) return false;
  out = {packet.bytes[0], packet.bytes[1] != 0, std::span(packet.bytes).subspan(kPrefix)};
  return true;
}

std::int64_t send_fd(HostCalls& host, std::int32_t socket, std::int32_t fd, kernel::Address buffer) {
  Sys sys = flip_call(nr::sendmsg, {wide(socket), buffer, 0});
  sys.at[1].emplace<kernel::MessageHeader>().fds = {fd};
  return std::min<std::int64_t>(host.call(sys), 0);
}

std::int64_t receive_fd(HostCalls& host, std::int32_t socket, kernel::Address buffer) {
  Sys sys =
      flip_call(nr::recvmsg, {wide(socket), buffer, kernel::msg_flag::dontwait | kernel::msg_flag::trunc});
  sys.at[1].emplace<kernel::MessageHeader>();
  const std::int64_t result = host.call(sys);
  if (result < 0) return result;
  return sys.out.received_fds.empty() ? -kernel::EIO_ : sys.out.received_fds.front();
}

void copy_payload(go::G& g, std::uint64_t bytes) {
  if (bytes > 0) g.runtime.host.cpu.copy_level(*g.task, cpu::Level::l2, bytes);
}

std::uint32_t channels_for(const kernel::Thread& thread) {
  const int cpus = std::popcount(thread.affinity & thread.kernel.sched->online_mask());
  return static_cast<std::uint32_t>(std::clamp(cpus, 2, 4));
}

}  // namespace isosim::models::gofer
