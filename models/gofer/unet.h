// One end of a 9P connection's socket (pkg/unet): non-blocking calls first, poll when they would block.
#pragma once

#include <span>
#include <vector>

#include "models/gofer/connection.h"
#include "models/host_calls.h"
#include "models/sentry/release.h"

namespace isosim::models::gofer {

class Socket {
 public:
  // `buffer`: 4 KiB of the process's memory for messages and their headers.
  Socket(Release release, ByteQueue& in, ByteQueue& out, kernel::Address buffer)
      : ppoll_(facts(release).ppoll), in_(in), out_(out), buffer_(buffer) {}

  // All return 0 or a negative errno; -EPIPE when the peer is gone. Any error is the connection's end.

  // Takes over `fd` (unet.NewSocket).
  std::int64_t open(HostCalls& host, std::int32_t fd);
  // Sends all of `frame`, with `donated` unless that is negative. The caller closes what it donated.
  std::int64_t send(HostCalls& host, const p9::Frame& frame, std::int32_t donated);
  // Receives a message's header, and the descriptors that come with it.
  std::int64_t receive_header(HostCalls& host, p9::Header& header, std::vector<std::int32_t>& fds);
  // Receives `count` bytes, the first `fixed` of them into a buffer of their own. `frame` gets them.
  std::int64_t receive_body(HostCalls& host, std::uint64_t count, std::uint64_t fixed, p9::Frame& frame);
  // For messages that are no 9P frames: sends `count` bytes; receives what is there, 1 to `most` bytes, and
  // returns how many.
  std::int64_t send_bytes(HostCalls& host, std::uint64_t count);
  std::int64_t receive_bytes(HostCalls& host, std::uint64_t most);
  std::int64_t close(HostCalls& host);  // Socket.Close

  [[nodiscard]] std::int32_t fd() const { return fd_; }

 private:
  std::int64_t receive(HostCalls& host, std::span<const kernel::IoVec> to, std::vector<std::int32_t>* fds);
  std::int64_t wait(HostCalls& host, std::uint16_t events);

  bool ppoll_;
  ByteQueue& in_;
  ByteQueue& out_;
  kernel::Address buffer_;
  std::int32_t fd_ = -1, event_fd_ = -1;
};

}  // namespace isosim::models::gofer
