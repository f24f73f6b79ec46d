// What waits in a socket's receive queue (sk_buff), and the sender's account of it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernel-model/fs/file.h"

namespace isosim::kernel {

class Socket;

// sk_wmem_alloc: bytes of buffers that a sender has under way. Outlives the sender while packets do.
struct SendBudget : Counted<SendBudget> {
  Socket* sender = nullptr;  // null once it is released
  std::uint64_t used = 0;    // truesize
};

struct Packet {
  std::uint64_t length = 0;
  std::uint64_t truesize = 0;
  std::uint64_t offset = 0;    // where in the receiver's buffer memory it lies: freed buffers are used again
  std::uint64_t consumed = 0;  // of a stream: what earlier reads took
  Ref<SendBudget> budget;      // null: from outside
  std::vector<Ref<File>> rights;        // SCM_RIGHTS
  std::unique_ptr<SocketAddress> from;  // datagrams
};

// The memory that a buffer with `data` bytes is charged for (SKB_TRUESIZE, Linux 4.4): struct sk_buff (256
// bytes of slab), a linear part with skb_shared_info (320 bytes) rounded up as kmalloc does, and pages for
// what exceeds it.
std::uint64_t packet_truesize(std::uint64_t data);

}  // namespace isosim::kernel
