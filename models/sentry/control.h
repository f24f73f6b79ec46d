// The sandbox's control server, which runsc's commands call (pkg/urpc, pkg/control/server; addresses in
// runsc/boot/controller.go). The host's socket carries lengths; what a call says rides beside it.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "models/go/runtime.h"
#include "models/gofer/unet.h"

namespace isosim::models {

// A call of the sandbox: runs in the goroutine of its connection, and is answered when it returns.
using ControlCall = std::function<void(go::G&)>;

// Calls of a host thread as they are.
class ThreadCalls final : public HostCalls {
 public:
  explicit ThreadCalls(kernel::Thread& thread) : thread_(thread) {}
  std::int64_t call(kernel::Sys& sys) override;
  [[nodiscard]] kernel::Thread& thread() override { return thread_; }

 private:
  kernel::Thread& thread_;
};

class ControlServer {
 public:
  ControlServer(Release release, std::string id);

  // server.CreateSocket, by runsc: a socket that is bound to the sandbox's abstract name.
  [[nodiscard]] std::int32_t make_socket(HostCalls& host) const;

  // Takes over the socket and serves it in goroutines of their own; `buffers`: kBuffersBytes of the process.
  void start(go::G& g, std::int32_t fd, kernel::Address buffers);
  void stop(go::G& g);
  static constexpr std::uint64_t kBuffersBytes = 32 << 10;

  // runsc's side: connects, makes the calls one after the other, and closes. `buffer`: 4 KiB of the caller's
  // process. Throws std::runtime_error if nobody listens.
  void connect_and_call(HostCalls& host, kernel::Address buffer, std::vector<ControlCall> calls);

 private:
  void accept(go::G& g);
  void serve(go::G& g, gofer::Socket& socket);
  [[nodiscard]] kernel::SocketAddress address() const;

  const Release release_;
  const std::string id_;
  std::int32_t fd_ = -1;
  kernel::Address buffers_ = 0;
  gofer::ByteQueue unused_;  // its bytes are no 9P messages
  std::deque<gofer::Socket> connections_;
  std::deque<ControlCall> sent_;
};

}  // namespace isosim::models
