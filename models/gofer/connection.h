// A 9P connection's bytes. The host kernel's socket pair carries lengths and descriptors, these queues what
// the bytes say; both ends take exactly as many bytes as their recvmsg returned.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "models/gofer/flipcall.h"
#include "models/gofer/p9/codec.h"

namespace isosim::models::gofer {

class ByteQueue {
 public:
  // Before the sendmsg that carries the frame.
  void push(const p9::Frame& frame);
  // The next `count` bytes: appends those of messages to `out`, returns how many were file contents. Throws
  // std::logic_error if there are not as many.
  std::uint64_t take(std::uint64_t count, std::vector<std::uint8_t>& out);
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  struct Run {  // bytes of a message, and the file contents after them
    std::uint64_t bytes, data;
  };

  std::vector<std::uint8_t> bytes_;
  std::size_t head_ = 0;  // of bytes_
  std::vector<Run> runs_;
  std::size_t first_ = 0;  // of runs_
  std::uint64_t size_ = 0;
};

// Shared by the two processes of a socket pair.
struct Connection {
  ByteQueue to_server, to_client;
  std::deque<PacketWindow> windows;  // by channel, where there are any
};

}  // namespace isosim::models::gofer
