#include "kernel-model/net/packet.h"

#include <algorithm>
#include <bit>

namespace isosim::kernel {

std::uint64_t buffer_truesize(std::uint64_t linear, std::uint64_t paged) {
  constexpr std::uint64_t kHead = 256;
  return kHead + std::bit_ceil(linear + kSharedInfo) + (paged + kBufferPage - 1) / kBufferPage * kBufferPage;
}

std::uint64_t packet_truesize(std::uint64_t data) {
  constexpr std::uint64_t kMaxLinear = 4 * kBufferPage - kSharedInfo;  // SKB_MAX_ALLOC
  const std::uint64_t linear = std::min(data, kMaxLinear);
  return buffer_truesize(linear, data - linear);
}

}  // namespace isosim::kernel
