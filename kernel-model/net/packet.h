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

inline constexpr std::uint64_t kBufferPage = 4096, kSharedInfo = 320;  // skb_shared_info, aligned

// The memory that a buffer is charged for (SKB_TRUESIZE, Linux 4.4): struct sk_buff (256 bytes of slab), a
// linear part with skb_shared_info rounded up as kmalloc does, and whole pages for the `paged` bytes.
std::uint64_t buffer_truesize(std::uint64_t linear, std::uint64_t paged);

// The same of a message or segment of `data` bytes: linear as far as one allocation of four pages goes.
std::uint64_t packet_truesize(std::uint64_t data);

}  // namespace isosim::kernel
